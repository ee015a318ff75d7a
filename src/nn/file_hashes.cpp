// SPDX-License-Identifier: Apache-2.0
#include "nn/file_hashes.h"

#include "core/atomic_file.h"
#include "core/log.h"
#include "core/sha256.h"
#include "core/user_cache.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <exception>
#include <fstream>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;

/// The time of change (ctime) also moves when a tool sets the time of modification back.
std::string key_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return "";
  }
  return path.string() + '|' + std::to_string(info.st_size) + '|' +
         std::to_string(info.st_ctim.tv_sec) + '.' + std::to_string(info.st_ctim.tv_nsec);
}

}  // namespace

FileHashes::FileHashes() : cache_(user_cache_file("hashes.json")) {
  std::ifstream file(cache_);
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object()) {
    return;
  }
  for (const auto& [key, hash] : json.items()) {
    if (hash.is_string()) {
      known_[key] = hash.get<std::string>();
    }
  }
}

FileHashes::~FileHashes() {
  if (!changed_ || cache_.empty()) {
    return;
  }
  try {
    fs::create_directories(cache_.parent_path());
    write_file_atomically(cache_, nlohmann::json(known_).dump(1));
  } catch (const std::exception& error) {
    logger().debug("hashes are not remembered: {}", error.what());
  }
}

std::string FileHashes::sha256(const fs::path& path) {
  const std::string key = key_of(path);
  const auto found = known_.find(key);
  if (found != known_.end()) {
    return found->second;
  }
  std::string hash = sha256_file(path);
  // Entries of the same path are of files that are gone.
  std::erase_if(known_,
                [&](const auto& entry) { return entry.first.starts_with(path.string() + '|'); });
  known_[key] = hash;
  changed_ = true;
  return hash;
}

}  // namespace hyportrait::nn
