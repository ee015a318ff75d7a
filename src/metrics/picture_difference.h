// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

namespace hyportrait::metrics {

inline constexpr double kMaxDecibels = 100.0;  ///< what equal pictures count as

/// Mean of the squared differences over all pixels and the three channels, levels squared. Both
/// pictures have one size.
double mean_squared_error(const Frame& a, const Frame& b);

/// Peak signal-to-noise ratio of 8-bit pictures, dB: 10 log10(255^2 / error), at most
/// kMaxDecibels.
double psnr(double mean_squared_error);

/// Smallest side of a picture that ssim() can look at, px.
inline constexpr int kSsimWindow = 8;

/// Structural similarity (Wang et al., IEEE TIP 2004), -1 to 1: the mean over windows of 8x8 px,
/// one every 4 px, and over red, green and blue: the windows of ffmpeg's `ssim` filter, so that the
/// figures can be checked there. Columns and rows beyond a multiple of 4 are left out. Both
/// pictures have one size, at least kSsimWindow a side.
double ssim(const Frame& a, const Frame& b);

}  // namespace hyportrait::metrics
