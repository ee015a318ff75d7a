// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/api.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/json_strict.h"
#include "base/log.h"
#include "base/text_file.h"
#include "nn/bundle.h"
#include "nn/torch_error.h"
#include "options/tool_options.h"
#include "plan/default_bundle.h"
#include "report/report_json.h"

#if HYPORTRAIT_HAS_MEDIA
#include "media/ffmpeg_facts.h"
#endif

#include <string_view>
#include <utility>

namespace hyportrait {
namespace {

nn::Bundle open_checked(const std::filesystem::path& folder) {
  validate(DoctorOptions{.bundle = folder});
  return plan::open_bundle(folder);
}

}  // namespace

BundleInfo bundle_info(const std::filesystem::path& folder) {
  const nn::Bundle bundle = open_checked(folder);
  const nn::Manifest& manifest = bundle.manifest();
  BundleInfo info{.folder = bundle.folder(),
                  .name = manifest.name,
                  .kind = plan::kind_text(manifest.kind),
                  .licence = manifest.licence,
                  .provenance = manifest.provenance,
                  .hash = bundle.hash()};
  for (const char* name : nn::kModuleNames) {
    const nn::ModuleSpec& module = manifest.modules.at(name);
    info.modules.push_back({.name = name, .file = module.file, .bytes = module.bytes});
  }
  info.manifest_json =
      read_text_file(bundle.folder() / "manifest.json", kMaxSettings, ExitCode::bundle);
  return info;
}

void bundle_verify(const std::filesystem::path& folder) {
  open_checked(folder).verify();
}

std::filesystem::path demo_bundle() {
  return plan::demo_bundle();
}

void set_log_level(LogLevel level) {
  if (level < LogLevel::trace || level > LogLevel::off) {
    throw Error(ExitCode::usage, "set_log_level: not a level");
  }
  log_from(level);
}

void set_log_sink(LogSink sink) {
  log_to(std::move(sink));
}

#if HYPORTRAIT_HAS_MEDIA
void route_ffmpeg_log() {
  media::route_ffmpeg_messages();
}
#endif

std::string to_json(const PlannedRun& planned) {
  return json_text(json_of(planned));
}
std::string to_json(const RunReport& report) {
  return json_text(json_of(report));
}
std::string to_json(const BatchReport& report) {
  return json_text(json_of(report));
}
std::string to_json(const Comparison& comparison) {
  return json_text(json_of(comparison));
}
std::string to_json(const DetailPlan& plan) {
  return json_text(json_of(plan));
}
std::string to_json(const DetailReport& report) {
  return json_text(json_of(report));
}
std::string to_json(const MotionInfo& info) {
  return json_text(json_of(info));
}
std::string to_json(const Metrics& metrics) {
  return json_text(json_of(metrics));
}
std::string to_json(const Inspection& inspection) {
  return json_text(json_of(inspection));
}
std::string to_json(const Diagnosis& diagnosis) {
  return json_text(json_of(diagnosis));
}
std::string to_json(const BenchReport& report) {
  return json_text(json_of(report));
}
std::string to_json(const BundleInfo& info) {
  return json_text(json_of(info));
}

namespace {

/// The function, with every exception that is not an Error made one: the text of a library, a
/// backtrace above all, is not for users.
template <auto Function>
struct Fenced;
template <class Result, class... Arguments, Result (*Function)(Arguments...)>
struct Fenced<Function> {
  static Result call(Arguments... arguments) {
    try {
      return Function(arguments...);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      nn::throw_as_error(error, "the run");
    }
  }
};

Api api_table() {
  return {
    .bundle_info = Fenced<bundle_info>::call, .bundle_verify = Fenced<bundle_verify>::call,
    .demo_bundle = Fenced<demo_bundle>::call, .bench = Fenced<run_bench>::call,
    .set_log_level = set_log_level, .set_log_sink = set_log_sink,
#if HYPORTRAIT_HAS_MEDIA
    .animate = Fenced<animate>::call, .plan_run = Fenced<plan_run>::call,
    .batch = Fenced<batch>::call, .compare = Fenced<compare>::call,
    .carry_detail = Fenced<carry_detail>::call, .plan_detail = Fenced<plan_detail>::call,
    .extract_motion = Fenced<extract_motion>::call, .motion_info = Fenced<motion_info>::call,
    .inspect = Fenced<inspect>::call, .measure = Fenced<measure>::call,
    .write_review = Fenced<write_review>::call, .diagnose = Fenced<diagnose>::call,
    .write_self_test = Fenced<write_self_test>::call, .route_ffmpeg_log = route_ffmpeg_log
#endif
  };
}

}  // namespace
}  // namespace hyportrait

const hyportrait::Api* hyportrait_api(const char* version) {
  static const hyportrait::Api kApi = hyportrait::api_table();
  return std::string_view(version) == HYPORTRAIT_VERSION ? &kApi : nullptr;
}
