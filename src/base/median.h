// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace hyportrait {

/// The larger of the two middle values for an even count. `values` must not be empty.
inline double upper_median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The mean of the two middle values for an even count; 0 for no values.
inline double median(std::vector<double> values) {
  if (values.empty()) {
    return 0.0;
  }
  const double upper = upper_median(values);
  if (values.size() % 2 == 1) {
    return upper;
  }
  std::nth_element(values.begin(),
                   values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2) - 1,
                   values.end());
  return (values[values.size() / 2 - 1] + upper) / 2;
}

}  // namespace hyportrait
