// SPDX-License-Identifier: Apache-2.0
#include "media/orientation.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace hyportrait::media {
namespace {

/// 3x2 pixels numbered row by row: 0 1 2 / 3 4 5.
std::vector<int> numbers_after(Orientation orientation) {
  Frame stored = Frame::black(3, 2);
  for (int i = 0; i < 6; ++i) {
    stored.pixels[static_cast<std::size_t>(i) * 3] = static_cast<std::uint8_t>(i);
  }
  const Frame turned =
      upright({.pixels = stored.pixels.data(), .stride = 9, .width = 3, .height = 2}, orientation);
  std::vector<int> numbers;
  for (std::size_t i = 0; i < turned.pixels.size(); i += 3) {
    numbers.push_back(turned.pixels[i]);
  }
  EXPECT_EQ(turned.width, orientation.transpose ? 2 : 3);
  return numbers;
}

// EXIF 2.3, table 6: where the stored picture's first row and column are to be seen.
TEST(Orientation, EveryExifValue) {
  const std::array<std::vector<int>, 9> expected = {{{0, 1, 2, 3, 4, 5},
                                                     {0, 1, 2, 3, 4, 5},
                                                     {2, 1, 0, 5, 4, 3},
                                                     {5, 4, 3, 2, 1, 0},
                                                     {3, 4, 5, 0, 1, 2},
                                                     {0, 3, 1, 4, 2, 5},
                                                     {3, 0, 4, 1, 5, 2},
                                                     {5, 2, 4, 1, 3, 0},
                                                     {2, 5, 1, 4, 0, 3}}};
  for (int value = 0; value <= 8; ++value) {
    EXPECT_EQ(numbers_after(orientation_from_exif(value)),
              expected[static_cast<std::size_t>(value)])
        << value;
  }
  EXPECT_EQ(numbers_after(orientation_from_exif(99)), expected[1]);
}

TEST(Orientation, DisplayMatrices) {
  constexpr std::int32_t k = 1 << 16;
  const auto turn = [](std::array<std::int32_t, 9> matrix) {
    return orientation_from_display_matrix(matrix.data());
  };
  EXPECT_EQ(clockwise_degrees(turn({k, 0, 0, 0, k, 0, 0, 0, 1 << 30})), 0);
  EXPECT_EQ(clockwise_degrees(turn({0, k, 0, -k, 0, 0, 0, 0, 1 << 30})), 90);
  EXPECT_EQ(clockwise_degrees(turn({-k, 0, 0, 0, -k, 0, 0, 0, 1 << 30})), 180);
  EXPECT_EQ(clockwise_degrees(turn({0, -k, 0, k, 0, 0, 0, 0, 1 << 30})), 270);
  EXPECT_EQ(numbers_after(turn({0, k, 0, -k, 0, 0, 0, 0, 1 << 30})),
            (std::vector<int>{3, 0, 4, 1, 5, 2}));
  EXPECT_EQ(numbers_after(turn({-k, 0, 0, 0, k, 0, 0, 0, 1 << 30})),
            (std::vector<int>{2, 1, 0, 5, 4, 3}));
}

}  // namespace
}  // namespace hyportrait::media
