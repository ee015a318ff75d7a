// SPDX-License-Identifier: Apache-2.0
#include "bench/samples.h"

#include "base/median.h"

#include <algorithm>

namespace hyportrait::bench {

TimedFigure figure_of(const Samples& samples) {
  const auto [fastest, slowest] = std::ranges::minmax(samples);
  return {.median = median(samples), .fastest = fastest, .slowest = slowest};
}

}  // namespace hyportrait::bench
