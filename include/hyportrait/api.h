// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>
#include <hyportrait/batch.h>
#include <hyportrait/bench.h>
#include <hyportrait/bundle.h>
#include <hyportrait/compare.h>
#include <hyportrait/doctor.h>
#include <hyportrait/export.h>
#include <hyportrait/inspect.h>
#include <hyportrait/metrics.h>

#include <filesystem>
#include <string>

namespace hyportrait {

/// Versions of what the library runs on (LibTorch, FFmpeg, OpenCV), as JSON text.
HYPORTRAIT_API std::string runtime_versions_json();

/// Sets the library's log level (its log goes to stderr).
HYPORTRAIT_API void set_log_level(const std::string& level);

/// The library's functions for a program that loads it after parsing its command line (ADR 0004):
/// loading LibTorch takes a third of a second, which `--help` need not pay.
struct Api {
  decltype(&hyportrait::animate) animate;
  decltype(&hyportrait::plan_json) plan_json;
  decltype(&hyportrait::batch) batch;
  decltype(&hyportrait::bundle_info_json) bundle_info_json;
  decltype(&hyportrait::bundle_verify) bundle_verify;
  decltype(&hyportrait::run_bench) bench;
  decltype(&hyportrait::compare) compare;
  decltype(&hyportrait::inspect) inspect;
  decltype(&hyportrait::metrics_of) metrics;
  decltype(&hyportrait::doctor) doctor;
  decltype(&hyportrait::write_self_test) write_self_test;
  decltype(&hyportrait::runtime_versions_json) runtime_versions_json;
  decltype(&hyportrait::set_log_level) set_log_level;
};

}  // namespace hyportrait

/// The table above; nullptr when `version` (HYPORTRAIT_VERSION) is not the library's own.
extern "C" HYPORTRAIT_API const hyportrait::Api* hyportrait_api(const char* version);
