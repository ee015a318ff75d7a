// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/inspect.h>

#include <vector>

namespace hyportrait::inspection {

/// Adds a frame to the runs: to the last one where that ends with the frame before.
inline void add_frame(std::vector<FrameRun>& runs, const FrameRun& frame) {
  if (!runs.empty() && runs.back().last + 1 == frame.first) {
    runs.back().last = frame.last;
    runs.back().end_seconds = frame.end_seconds;
  } else {
    runs.push_back(frame);
  }
}

}  // namespace hyportrait::inspection
