// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>
#include <hyportrait/batch.h>
#include <hyportrait/bench.h>
#include <hyportrait/bundle.h>
#include <hyportrait/compare.h>
#include <hyportrait/config.h>
#include <hyportrait/detail.h>
#include <hyportrait/doctor.h>
#include <hyportrait/export.h>
#include <hyportrait/inspect.h>
#include <hyportrait/log.h>
#include <hyportrait/metrics.h>
#include <hyportrait/motion.h>
#include <hyportrait/review.h>

namespace hyportrait {

// What a program may expect of the library.
//
// Threads: animate, batch, extract_motion, run_bench, inspect, measure, diagnose and
// write_self_test run networks on the whole device; one of them runs at a time in a process, and a
// second one that is called meanwhile throws Error(usage). Everything else may be called from any
// thread at any time. Hooks are called on the thread that called the library, the log's sink on the
// thread that logs.
//
// The process: the library changes nothing that is not its own. It sets no environment variable,
// umask, locale, signal handler or FFmpeg callback, starts no other program and writes nothing to
// standard output. Its log goes to standard error until set_log_sink(); FFmpeg's own messages too
// until route_ffmpeg_log(). OpenMP's idle threads spin unless the process sets
// OMP_WAIT_POLICY=passive before it loads the library, which on a shared machine makes a run faster
// (docs/performance.md).

/// The library's functions for a program that loads it after parsing its command line (ADR 0004):
/// loading LibTorch takes a third of a second, which `--help` need not pay.
struct Api {
  decltype(&hyportrait::bundle_info) bundle_info = nullptr;
  decltype(&hyportrait::bundle_verify) bundle_verify = nullptr;
  decltype(&hyportrait::demo_bundle) demo_bundle = nullptr;
  decltype(&hyportrait::run_bench) bench = nullptr;
  decltype(&hyportrait::set_log_level) set_log_level = nullptr;
  decltype(&hyportrait::set_log_sink) set_log_sink = nullptr;
#if HYPORTRAIT_HAS_MEDIA
  decltype(&hyportrait::animate) animate = nullptr;
  decltype(&hyportrait::plan_run) plan_run = nullptr;
  decltype(&hyportrait::batch) batch = nullptr;
  decltype(&hyportrait::compare) compare = nullptr;
  decltype(&hyportrait::carry_detail) carry_detail = nullptr;
  decltype(&hyportrait::plan_detail) plan_detail = nullptr;
  decltype(&hyportrait::extract_motion) extract_motion = nullptr;
  decltype(&hyportrait::motion_info) motion_info = nullptr;
  decltype(&hyportrait::inspect) inspect = nullptr;
  decltype(&hyportrait::measure) measure = nullptr;
  decltype(&hyportrait::write_review) write_review = nullptr;
  decltype(&hyportrait::diagnose) diagnose = nullptr;
  decltype(&hyportrait::write_self_test) write_self_test = nullptr;
  decltype(&hyportrait::route_ffmpeg_log) route_ffmpeg_log = nullptr;
#endif
};

}  // namespace hyportrait

/// The table above; nullptr when `version` (HYPORTRAIT_VERSION) is not the library's own.
extern "C" HYPORTRAIT_API const hyportrait::Api* hyportrait_api(const char* version);
