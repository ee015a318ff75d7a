// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

namespace hyportrait::face {

/// bilinear: triangle of support 1; bicubic: Keys' kernel, a = -0.5, support 2 (Pillow's names).
enum class ResizeFilter { bilinear, bicubic };

/// Resizes with antialiasing, bit for bit as Pillow resizes 8-bit RGB pictures to squares: the
/// networks were trained on such crops, and a test of the original's crops must find equal pixels.
/// (libImaging/Resample.c: rows first, then columns. For shapes far from square, which no crop here
/// has, Pillow 13 may begin with the columns, which rounds differently.) Time stamps are kept.
Frame resize_antialiased(const Frame& frame, Size size, ResizeFilter filter);

/// `size` in proportion, `height` px high.
Size scaled_to_height(Size size, int height);

/// Resizes without antialiasing (OpenCV INTER_LINEAR), as the original prepares the detector's
/// image.
Frame resize_plain(const Frame& frame, Size size);

}  // namespace hyportrait::face
