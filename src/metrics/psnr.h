// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

namespace hyportrait::metrics {

inline constexpr double kMostDecibels = 100.0;  ///< what equal pictures count as

/// Mean of the squared differences over all pixels and the three channels, levels squared. Both
/// pictures have one size.
double mean_squared_error(const Frame& a, const Frame& b);

/// Peak signal-to-noise ratio of 8-bit pictures, dB: 10 log10(255^2 / error), at most
/// kMostDecibels.
double psnr(double mean_squared_error);

}  // namespace hyportrait::metrics
