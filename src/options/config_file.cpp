// SPDX-License-Identifier: Apache-2.0

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "options/animate_options.h"

namespace hyportrait {
namespace {

/// No option is called so.
bool is_sidecar(const nlohmann::json& file) {
  return file.is_object() && file.contains("plan_hash") && file.contains("plan");
}

nlohmann::json options_of_run(const nlohmann::json& sidecar, const std::string& where) {
  try {
    const nlohmann::json& plan = sidecar.at("plan");
    nlohmann::json options = plan.at("options");
    options["bundle"] = plan.at("bundle").at("folder");
    options.erase("overwrite");
    options.erase("frames-dir");
    options.erase("sheet");
    return options;
  } catch (const nlohmann::json::exception&) {
    throw Error(ExitCode::usage,
                where + ": is not the sidecar of a finished run, so it does not say its options");
  }
}

}  // namespace

void apply_config_file(AnimateOptions& options, const std::filesystem::path& path) {
  nlohmann::json config = read_json(path, ExitCode::usage, FileKind::any);
  if (is_sidecar(config)) {
    config = options_of_run(config, path.string());
  }
  apply_config(options, config, path.string(), path.parent_path());
}

}  // namespace hyportrait
