// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "core/json_strict.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>

namespace hyportrait::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The text or number at a key; empty for another type.
template <class Object>
std::string text_at(const Object& object, const char* key) {
  const Object value = object.value(key, Object());
  return value.is_string()   ? value.template get<std::string>()
         : value.is_number() ? value.dump()
                             : "";
}

/// What one sidecar says, in the keys of --json; null when the file is not a sidecar.
Json entry_of(const fs::path& file, const fs::path& folder) {
  const nlohmann::json null;
  const nlohmann::json sidecar = read_json_or_null(file);
  if (!sidecar.is_object() || !sidecar.contains("plan_hash") || !sidecar.contains("hyportrait") ||
      !sidecar.value("status", null).is_string()) {
    return nullptr;
  }
  const fs::path output = file.parent_path() / file.stem();
  std::string status = sidecar.at("status").get<std::string>();
  if (status == "done" && (!fs::exists(output) || fs::exists(output.string() + ".part"))) {
    status = "missing";  // cut off between the sidecar and the output's name, or deleted since
  }
  double seconds = 0.0;
  const nlohmann::json stages = sidecar.value("seconds", null);
  for (const auto& [stage, value] : stages.items()) {
    seconds += value.is_number() ? value.get<double>() : 0.0;
  }
  const nlohmann::json written = sidecar.value("written", null);
  const nlohmann::json warnings = sidecar.value("warnings", null);
  return {
      {"output", fs::relative(output, folder).string()},
      {"status", status},
      {"exit_code", sidecar.value("exit_code", nlohmann::json(static_cast<int>(ExitCode::done)))},
      {"frames", written.is_object() ? written.value("frames", null) : null},
      {"seconds", seconds},
      {"unet_calls", sidecar.value("unet_calls", null)},
      {"resumed_at_step", sidecar.value("resumed_at_step", null)},
      {"warnings", warnings.size()},
      {"finished", text_at(sidecar, "finished")},
      {"error", text_at(sidecar, "error")}};
}

/// A job that was cut off: it has a state, or a part, and no sidecar of its own.
Json unfinished_entry(const fs::path& output, const fs::path& folder) {
  return {{"output", fs::relative(output, folder).string()}, {"status", "unfinished"}};
}

std::vector<Json> entries_in(const fs::path& folder) {
  std::error_code error;
  fs::recursive_directory_iterator files(
      folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    throw Error(ExitCode::usage, folder.string() + ": cannot be read: " + error.message());
  }
  std::vector<Json> entries;
  for (const fs::directory_entry& file : files) {
    const std::string extension = file.path().extension().string();
    const fs::path output = file.path().parent_path() / file.path().stem();
    if (!file.is_regular_file(error)) {
      continue;
    }
    Json entry;
    if (extension == ".json") {
      entry = entry_of(file.path(), folder);
    } else if (extension == ".state" && !fs::exists(output.string() + ".json")) {
      entry = unfinished_entry(output, folder);
    }
    if (entry.is_object()) {
      entries.push_back(std::move(entry));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    return a.at("output") < b.at("output");
  });
  return entries;
}

/// How many there are of each status, in the order of the table.
Json counts_of(const std::vector<Json>& entries) {
  Json counts = Json::object();
  for (const Json& entry : entries) {
    const std::string status = entry.at("status").get<std::string>();
    counts[status] = counts.value(status, 0) + 1;
  }
  return counts;
}

void print_report(const std::vector<Json>& entries) {
  std::vector<std::vector<std::string>> rows{
      {"output", "status", "exit", "frames", "time", "finished", ""}};
  for (const Json& entry : entries) {
    const std::string code = text_at(entry, "exit_code");
    const double seconds = entry.value("seconds", 0.0);
    rows.push_back({text_at(entry, "output"),
                    text_at(entry, "status"),
                    code == "0" ? "" : code,
                    text_at(entry, "frames"),
                    seconds > 0.0 ? clock_text(seconds) : "",
                    text_at(entry, "finished"),
                    text_at(entry, "error")});
  }
  print_columns(std::cout, rows);
  std::string summary;
  const Json counts = counts_of(entries);
  for (const auto& [status, count] : counts.items()) {
    summary += (summary.empty() ? "" : ", ") + count.dump() + " " + status;
  }
  std::cout << (summary.empty() ? "no sidecars here" : summary) << '\n';
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "report", "One table of all sidecars in a folder: what is done, what failed and why");
  struct Arguments {
    std::string folder;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("folder", arguments->folder, "Folder of a batch's outputs")
      ->type_name("DIR")
      ->required();
  command->add_flag("--json", arguments->json, "As JSON");
  command->callback([arguments, &action] {
    action = [arguments] {
      const std::vector<Json> entries = entries_in(arguments->folder);
      if (arguments->json) {
        const Json report = {{"counts", counts_of(entries)}, {"outputs", entries}};
        std::cout << json_text(report) << '\n';
      } else {
        print_report(entries);
      }
    };
  });
}

}  // namespace hyportrait::cli
