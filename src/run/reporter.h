// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/progress.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace hyportrait::run {

/// Progress of one stage toward the caller's hooks, at most ten times a second, and the place where
/// a run is cancelled. Not thread-safe.
class Reporter final {
 public:
  /// `total` may be 0 while unknown; `unit` is one of what is counted. `hooks` outlives the
  /// reporter.
  Reporter(const RunHooks& hooks,
           std::string stage,
           std::int64_t total,
           std::string unit = "frame");

  /// So much is done. Throws Error(interrupted) when the caller wants to stop.
  void at(std::int64_t done);

  /// The stage is complete; its total is what was done.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void show();

  const RunHooks& hooks_;
  Progress progress_;
  Clock::time_point begin_;
  Clock::time_point shown_;
};

}  // namespace hyportrait::run
