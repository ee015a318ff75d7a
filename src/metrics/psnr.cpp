// SPDX-License-Identifier: Apache-2.0
#include "metrics/psnr.h"

#include "base/require.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hyportrait::metrics {

double mean_squared_error(const Frame& a, const Frame& b) {
  require(a.width == b.width && a.height == b.height && !a.pixels.empty(),
          "pictures of one size are compared");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const int difference = a.pixels[i] - b.pixels[i];
    sum += static_cast<std::uint64_t>(difference * difference);
  }
  return static_cast<double>(sum) / static_cast<double>(a.pixels.size());
}

double psnr(double mean_squared_error) {
  return mean_squared_error <= 0.0
             ? kMostDecibels
             : std::min(kMostDecibels, 10.0 * std::log10(255.0 * 255.0 / mean_squared_error));
}

}  // namespace hyportrait::metrics
