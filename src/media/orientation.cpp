// SPDX-License-Identifier: Apache-2.0
#include "media/orientation.h"

#include <array>
#include <cstdlib>
#include <cstring>

namespace hyportrait::media {

Orientation orientation_from_exif(int value) {
  constexpr std::array<Orientation, 9> kByValue{{
      {},
      {},
      {.transpose = false, .flip_x = true, .flip_y = false},
      {.transpose = false, .flip_x = true, .flip_y = true},
      {.transpose = false, .flip_x = false, .flip_y = true},
      {.transpose = true, .flip_x = false, .flip_y = false},
      {.transpose = true, .flip_x = true, .flip_y = false},
      {.transpose = true, .flip_x = true, .flip_y = true},
      {.transpose = true, .flip_x = false, .flip_y = true},
  }};
  return value >= 1 && value <= 8 ? kByValue[static_cast<std::size_t>(value)] : Orientation{};
}

Orientation orientation_from_display_matrix(const std::int32_t* matrix) {
  // (x, y) is shown at (a x + c y, b x + d y), with a b / c d the matrix's upper left corner.
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::llabs(a) >= std::llabs(b)) {
    return {.transpose = false, .flip_x = a < 0, .flip_y = d < 0};
  }
  return {.transpose = true, .flip_x = c < 0, .flip_y = b < 0};
}

int clockwise_degrees(Orientation orientation) {
  if (orientation.transpose) {
    return orientation.flip_x ? 90 : 270;
  }
  return orientation.flip_y ? 180 : 0;
}

Frame upright(const RgbView& stored, Orientation orientation) {
  const bool transpose = orientation.transpose;
  Frame frame = Frame::black(transpose ? stored.height : stored.width,
                             transpose ? stored.width : stored.height);
  if (!transpose && !orientation.flip_x) {
    for (int y = 0; y < frame.height; ++y) {
      const int from = orientation.flip_y ? frame.height - 1 - y : y;
      std::memcpy(frame.row(y),
                  stored.pixels + from * stored.stride,
                  static_cast<std::size_t>(frame.width) * 3);
    }
    return frame;
  }
  // A step to the right, and one down, in the upright picture, as bytes of the stored one.
  const std::ptrdiff_t right = transpose ? stored.stride : 3;
  const std::ptrdiff_t down = transpose ? 3 : stored.stride;
  for (int y = 0; y < frame.height; ++y) {
    const std::ptrdiff_t from_y = orientation.flip_y ? frame.height - 1 - y : y;
    std::uint8_t* to = frame.row(y);
    for (int x = 0; x < frame.width; ++x, to += 3) {
      const std::ptrdiff_t from_x = orientation.flip_x ? frame.width - 1 - x : x;
      std::memcpy(to, stored.pixels + from_x * right + from_y * down, 3);
    }
  }
  return frame;
}

}  // namespace hyportrait::media
