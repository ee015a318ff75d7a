// SPDX-License-Identifier: Apache-2.0
#include "plan/history.h"

#include <hyportrait/error.h>

#include "base/atomic_file.h"
#include "base/json_strict.h"
#include "base/log.h"
#include "base/user_cache.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostKinds = 1000;  // of runs; the record is only for estimates

fs::path record_path() {
  return user_cache_file("run-speeds.json");
}

nlohmann::json read_record() {
  nlohmann::json record = read_json_or_null(record_path());
  return record.is_object() ? record : nlohmann::json::object();
}

}  // namespace

std::optional<RunSpeed> past_speed(const std::string& key) {
  const nlohmann::json record = read_record();
  const auto found = record.find(key);
  if (found == record.end() || !found->is_array() || found->size() != 2 ||
      !(*found)[0].is_number() || !(*found)[1].is_number()) {
    return std::nullopt;
  }
  return RunSpeed{(*found)[0].get<double>(), (*found)[1].get<double>()};
}

void note_speed(const std::string& key, const RunSpeed& speed) {
  try {
    nlohmann::json record = read_record();
    if (record.size() >= kMostKinds && !record.contains(key)) {
      record.erase(record.begin());
    }
    record[key] = {speed.branch_step_seconds, speed.frame_seconds};
    fs::create_directories(record_path().parent_path());
    write_file_atomically(record_path(), record.dump());
  } catch (const std::exception& error) {
    logger().debug("the run's speed is not remembered: {}", error.what());
  }
}

}  // namespace hyportrait::plan
