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

namespace {

/// What this build has; without OpenCV and FFmpeg the rest is null.
Api api_table() {
  Api api{.bundle_info_json = bundle_info_json,
          .bundle_verify = bundle_verify,
          .bench = run_bench,
          .runtime_versions_json = runtime_versions_json,
          .set_log_level = set_log_level};
#if HYPORTRAIT_HAS_MEDIA
  api.animate = animate;
  api.plan_json = plan_json;
  api.batch = batch;
  api.compare = compare;
  api.inspect = inspect;
  api.metrics = metrics_of;
  api.doctor = doctor;
  api.write_self_test = write_self_test;
#endif
  return api;
}

}  // namespace
}  // namespace hyportrait

const hyportrait::Api* hyportrait_api(const char* version) {
  static const hyportrait::Api kApi = hyportrait::api_table();
  return std::string_view(version) == HYPORTRAIT_VERSION ? &kApi : nullptr;
}
