// SPDX-License-Identifier: Apache-2.0
#include "metrics/picture_difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace hyportrait::metrics {
namespace {

Frame filled(int width, int height, std::uint8_t level) {
  Frame frame = Frame::black(width, height);
  std::fill(frame.pixels.begin(), frame.pixels.end(), level);
  return frame;
}

Frame checkered(int side) {
  Frame frame = Frame::black(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      std::fill_n(frame.row(y) + x * 3, 3, static_cast<std::uint8_t>((x + y) % 2 * 255));
    }
  }
  return frame;
}

TEST(Ssim, EqualPicturesHaveOne) {
  EXPECT_DOUBLE_EQ(ssim(checkered(32), checkered(32)), 1.0);
}

TEST(Ssim, ComparesBrightnessAloneWhereThereIsNoStructure) {
  const double c1 = 0.01 * 255 * 0.01 * 255;
  const double expected = (2.0 * 100 * 120 + c1) / (100.0 * 100 + 120.0 * 120 + c1);
  EXPECT_NEAR(ssim(filled(16, 12, 100), filled(16, 12, 120)), expected, 1e-12);
}

TEST(Ssim, OppositeStructureIsNegative) {
  Frame opposite = checkered(32);
  for (std::uint8_t& value : opposite.pixels) {
    value = static_cast<std::uint8_t>(255 - value);
  }
  EXPECT_LT(ssim(checkered(32), opposite), -0.9);
}

TEST(Ssim, ColumnsBeyondAMultipleOfFourAreLeftOut) {
  const Frame a = filled(19, 16, 100);
  Frame b = a;
  for (int y = 0; y < b.height; ++y) {
    std::fill_n(b.row(y) + 16 * 3, 9, std::uint8_t{0});
  }
  EXPECT_DOUBLE_EQ(ssim(a, b), 1.0);
}

TEST(Ssim, TooSmallAPictureIsABug) {
  EXPECT_THROW(ssim(filled(7, 16, 1), filled(7, 16, 1)), std::logic_error);
}

}  // namespace
}  // namespace hyportrait::metrics
