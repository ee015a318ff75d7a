// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace hyportrait {

/// How far a job is. Work is counted in the stage's own unit.
struct Progress {
  std::string stage;       ///< "portrait", "motion", "denoise", "render"
  std::int64_t done = 0;   ///< of `total`
  std::int64_t total = 0;  ///< 0 while unknown
  double seconds = 0.0;    ///< since the stage began
  std::string unit;        ///< one of what is counted: "frame", "network call"
};

/// What a caller may pass to a long run. Both are called from the thread that called the library.
struct RunHooks {
  std::function<void(const Progress&)>
      on_progress;                  ///< at most a few times a second and at each stage's end
  std::function<bool()> cancelled;  ///< true ends the run with Error(interrupted), soon
};

}  // namespace hyportrait
