// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/api.h>
#include <hyportrait/version.h>

#include "core/json_strict.h"
#include "core/log.h"
#include "nn/bundle.h"
#include "pipeline/default_bundle.h"

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include <fstream>
#include <string_view>

namespace hyportrait {

std::string bundle_info_json(const std::filesystem::path& folder) {
  const nn::Bundle bundle = pipeline::open_bundle(folder);
  // The manifest was checked when the bundle was opened; it is shown as it is written.
  std::ifstream file(bundle.folder() / "manifest.json");
  nlohmann::ordered_json info = nlohmann::ordered_json::parse(file);
  info["folder"] = bundle.folder().string();
  info["hash"] = bundle.hash();
  return json_text(info);
}

void bundle_verify(const std::filesystem::path& folder) {
  pipeline::open_bundle(folder).verify();
}

std::string runtime_versions_json() {
  return nlohmann::ordered_json{{"hyportrait", HYPORTRAIT_VERSION}, {"libtorch", TORCH_VERSION}}
      .dump();
}

void set_log_level(const std::string& level) {
  set_up_log(level);
}

}  // namespace hyportrait

const hyportrait::Api* hyportrait_api(const char* version) {
  static const hyportrait::Api kApi{.animate = hyportrait::animate,
                                    .plan_json = hyportrait::plan_json,
                                    .batch = hyportrait::batch,
                                    .bundle_info_json = hyportrait::bundle_info_json,
                                    .bundle_verify = hyportrait::bundle_verify,
                                    .bench = hyportrait::run_bench,
                                    .compare = hyportrait::compare,
                                    .inspect = hyportrait::inspect,
                                    .metrics = hyportrait::metrics_of,
                                    .doctor = hyportrait::doctor,
                                    .write_self_test = hyportrait::write_self_test,
                                    .runtime_versions_json = hyportrait::runtime_versions_json,
                                    .set_log_level = hyportrait::set_log_level};
  return std::string_view(version) == HYPORTRAIT_VERSION ? &kApi : nullptr;
}
