// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <cstddef>
#include <cstdint>

namespace hyportrait::media {

/// One of the eight ways a picture can be stored: how to get it upright, transposition first.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;
};

/// From EXIF's tag 0x0112 (1 to 8; anything else is upright).
Orientation orientation_from_exif(int value);

/// From a container's display matrix (9 values, 16.16 fixed point; ISO/IEC 14496-12, 6.2.2), turned
/// to the nearest quarter.
Orientation orientation_from_display_matrix(const std::int32_t* matrix);

/// The clockwise turn in it: 0, 90, 180 or 270 degrees (mirroring is left out).
int clockwise_degrees(Orientation orientation);

/// Rows of RGB24, `stride` bytes apart.
struct RgbView {
  const std::uint8_t* pixels = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
};

/// An upright copy.
Frame upright(const RgbView& stored, Orientation orientation);

}  // namespace hyportrait::media
