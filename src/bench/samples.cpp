// SPDX-License-Identifier: Apache-2.0
#include "bench/samples.h"

#include <algorithm>

namespace hyportrait::bench {

double median(Samples samples) {
  if (samples.empty()) {
    return 0.0;
  }
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

TimedFigure figure_of(const Samples& samples) {
  const auto [fastest, slowest] = std::ranges::minmax(samples);
  return {.median = median(samples), .fastest = fastest, .slowest = slowest};
}

}  // namespace hyportrait::bench
