// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <array>
#include <cstdint>
#include <functional>

namespace hyportrait::test {

using Rgb = std::array<int, 3>;

/// A frame whose pixels are `colour(x, y)`, clamped to 0..255.
inline Frame picture(int width, int height, const std::function<Rgb(int, int)>& colour) {
  Frame frame = Frame::black(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Rgb rgb = colour(x, y);
      for (int c = 0; c < 3; ++c) {
        const int level = rgb[static_cast<std::size_t>(c)];
        frame.row(y)[3 * x + c] =
            static_cast<std::uint8_t>(level < 0 ? 0 : (level > 255 ? 255 : level));
      }
    }
  }
  return frame;
}

inline Frame plain(int width, int height, Rgb colour) {
  return picture(width, height, [&](int, int) { return colour; });
}

inline Rgb at(const Frame& frame, int x, int y) {
  const std::uint8_t* pixel = frame.row(y) + 3 * x;
  return {pixel[0], pixel[1], pixel[2]};
}

}  // namespace hyportrait::test
