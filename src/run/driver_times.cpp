// SPDX-License-Identifier: Apache-2.0
#include "run/driver_times.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hyportrait::run {
namespace {

constexpr double kTolerance = 0.001;   // s
constexpr double kMicroseconds = 1e6;  // a sidecar's digits

}  // namespace

/// The swing filter (Elmeleegy et al., "Online piece-wise linear approximation of numerical streams
/// with precision guarantees", VLDB 2009): from the last point, the slopes that pass each frame
/// since closely enough; a frame outside of them begins another line at the frame before it.
std::vector<DriverTime> driver_times(const std::vector<double>& seconds, double start) {
  const auto point = [&](std::size_t frame) {
    return DriverTime{static_cast<std::int64_t>(frame),
                      std::round((seconds[frame] + start) * kMicroseconds) / kMicroseconds};
  };
  constexpr double kAny = std::numeric_limits<double>::infinity();
  std::vector<DriverTime> points;
  std::size_t from = 0;
  double low = -kAny;
  double high = kAny;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (i == 0) {
      points.push_back(point(0));
      continue;
    }
    auto frames = static_cast<double>(i - from);
    double slope = (seconds[i] - seconds[from]) / frames;
    if (slope < low || slope > high) {
      from = i - 1;
      points.push_back(point(from));
      low = -kAny;
      high = kAny;
      frames = 1.0;
      slope = seconds[i] - seconds[from];
    }
    low = std::max(low, slope - kTolerance / frames);
    high = std::min(high, slope + kTolerance / frames);
  }
  if (seconds.size() > 1) {
    points.push_back(point(seconds.size() - 1));
  }
  return points;
}

}  // namespace hyportrait::run
