// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hyportrait {

// Note [Frame layout]
// Pixels travel between layers in one form only: RGB, 8 bit, interleaved (HWC), rows contiguous
// without padding, upright, full range, in BT.709/sRGB primaries as decoded. The only two
// conversions to and from torch tensors are in nn/tensor.

/// A rectangle of a frame's pixels.
struct FrameArea {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const FrameArea&, const FrameArea&) = default;
};

/// One picture, owning its pixels (see Note [Frame layout]).
struct Frame {
  int width = 0;                       ///< px
  int height = 0;                      ///< px
  std::vector<std::uint8_t> pixels{};  ///< height * width * 3
  double pts_seconds = 0.0;            ///< presentation time; 0 for still pictures
  double duration_seconds = 0.0;       ///< how long it is shown; 0 when unknown

  /// A black frame.
  static Frame black(int width, int height) {
    Frame frame{.width = width, .height = height};
    frame.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    return frame;
  }
  [[nodiscard]] std::uint8_t* row(int y) {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
  [[nodiscard]] const std::uint8_t* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
  /// Where column x of row y begins; x may be `width`, the row's end.
  [[nodiscard]] std::uint8_t* at(int x, int y) { return row(y) + static_cast<std::size_t>(x) * 3; }
  [[nodiscard]] const std::uint8_t* at(int x, int y) const {
    return row(y) + static_cast<std::size_t>(x) * 3;
  }
};

}  // namespace hyportrait
