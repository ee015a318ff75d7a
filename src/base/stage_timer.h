// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hyportrait {

/// Wall-clock seconds that have passed since `begin`.
double seconds_since(std::chrono::steady_clock::time_point begin);

/// Wall-clock seconds by stage, in the order the stages first ran. Not thread-safe.
class StageTimes final {
 public:
  void add(std::string_view stage, double seconds);
  [[nodiscard]] const std::vector<std::pair<std::string, double>>& stages() const {
    return stages_;
  }

 private:
  std::vector<std::pair<std::string, double>> stages_;
};

/// Adds the time from its construction to its destruction to a stage.
class StageTimer final {
 public:
  StageTimer(StageTimes& times, std::string_view stage)
      : times_(times), stage_(stage), begin_(std::chrono::steady_clock::now()) {}
  ~StageTimer();
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  StageTimes& times_;
  std::string_view stage_;  // a literal: outlives the timer
  std::chrono::steady_clock::time_point begin_;
};

/// The most resident memory this process has had so far, in bytes (VmHWM of /proc/self/status); 0
/// when unknown.
std::uint64_t peak_host_memory();

}  // namespace hyportrait
