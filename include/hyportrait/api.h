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
/// loading LibTorch takes a third of a second, which `--help` need not pay. A library built without
/// OpenCV and FFmpeg has only those from `bundle_info_json` to `set_log_level`; the others are
/// null.
struct Api {
  decltype(&hyportrait::animate) animate = nullptr;
  decltype(&hyportrait::plan_json) plan_json = nullptr;
  decltype(&hyportrait::batch) batch = nullptr;
  decltype(&hyportrait::compare) compare = nullptr;
  decltype(&hyportrait::inspect) inspect = nullptr;
  decltype(&hyportrait::metrics_of) metrics = nullptr;
  decltype(&hyportrait::doctor) doctor = nullptr;
  decltype(&hyportrait::write_self_test) write_self_test = nullptr;
  decltype(&hyportrait::bundle_info_json) bundle_info_json = nullptr;
  decltype(&hyportrait::bundle_verify) bundle_verify = nullptr;
  decltype(&hyportrait::run_bench) bench = nullptr;
  decltype(&hyportrait::runtime_versions_json) runtime_versions_json = nullptr;
  decltype(&hyportrait::set_log_level) set_log_level = nullptr;
};

}  // namespace hyportrait

/// The table above; nullptr when `version` (HYPORTRAIT_VERSION) is not the library's own.
extern "C" HYPORTRAIT_API const hyportrait::Api* hyportrait_api(const char* version);
