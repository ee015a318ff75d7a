// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

namespace hyportrait::metrics {

/// Smallest side of a picture that ssim() can look at, px.
inline constexpr int kSsimWindow = 8;

/// Structural similarity (Wang et al., IEEE TIP 2004), -1 to 1: the mean over windows of 8x8 px,
/// one every 4 px, and over red, green and blue: the windows of ffmpeg's `ssim` filter, so that the
/// figures can be checked there. Columns and rows beyond a multiple of 4 are left out. Both
/// pictures have one size, at least kSsimWindow a side.
double ssim(const Frame& a, const Frame& b);

}  // namespace hyportrait::metrics
