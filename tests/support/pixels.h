// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace hyportrait::test {

inline constexpr Colour kBlack{0, 0, 0};

inline std::array<int, 3> pixel(const Frame& frame, int x, int y) {
  const std::uint8_t* p = frame.row(y) + x * 3;
  return {p[0], p[1], p[2]};
}

inline void expect_near(std::array<int, 3> pixel, std::array<int, 3> expected, int tolerance) {
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(pixel[i], expected[i], tolerance) << "channel " << i;
  }
}

}  // namespace hyportrait::test
