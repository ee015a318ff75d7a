// SPDX-License-Identifier: Apache-2.0
#include "base/stage_timer.h"

#include <fstream>

namespace hyportrait {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void StageTimes::add(std::string_view stage, double seconds) {
  for (auto& [name, total] : stages_) {
    if (name == stage) {
      total += seconds;
      return;
    }
  }
  stages_.emplace_back(stage, seconds);
}

StageTimer::~StageTimer() {
  times_.add(stage_, seconds_since(begin_));
}

std::uint64_t peak_host_memory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      std::uint64_t kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}

}  // namespace hyportrait
