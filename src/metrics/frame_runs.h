// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace hyportrait::metrics {

/// Frames `first` to `last` of a clip and when they are shown, s.
struct FrameRun {
  std::int64_t first = 0;
  std::int64_t last = 0;
  double start_seconds = 0.0;
  double end_seconds = 0.0;  ///< when the last one ends
};

/// Adds a frame to the runs: to the last one where that ends with the frame before.
inline void add_frame(std::vector<FrameRun>& runs, const FrameRun& frame) {
  if (!runs.empty() && runs.back().last + 1 == frame.first) {
    runs.back().last = frame.last;
    runs.back().end_seconds = frame.end_seconds;
  } else {
    runs.push_back(frame);
  }
}

}  // namespace hyportrait::metrics
