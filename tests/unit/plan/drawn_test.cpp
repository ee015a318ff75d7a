// SPDX-License-Identifier: Apache-2.0
#include "plan/drawn.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace hyportrait::plan {
namespace {

/// A picture of `width` x `height` whose pixel (x, y) has the level that `level` gives.
template <class Level>
Frame picture_of(int width, int height, Level level) {
  Frame picture = Frame::black(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = picture.at(x, y);
      pixel[0] = pixel[1] = pixel[2] = static_cast<std::uint8_t>(level(x, y));
    }
  }
  return picture;
}

TEST(LooksDrawn, EvenShadesAreDrawn) {
  for (const int side : {64, 192, 500, 1600}) {
    EXPECT_TRUE(looks_drawn(picture_of(side, side + 1, [&](int x, int y) {
      return (x + y) * 90 / side + (x > side / 2 ? 60 : 0);
    }))) << side;
  }
}

TEST(LooksDrawn, TextureIsNotHoweverMuchWhiteIsAroundIt) {
  std::mt19937 random(7);
  for (const int side : {192, 500, 1600}) {
    const Frame picture = picture_of(side, side, [&](int x, int y) {
      const bool inside = x > side / 3 && x < side / 2 && y > side / 3 && y < side / 2;
      return inside ? 100 + x * 8 / (side / 192 + 1) % 40 + static_cast<int>(random() % 9) : 255;
    });
    EXPECT_FALSE(looks_drawn(picture)) << side;
  }
}

TEST(LooksDrawn, TheSmallestPicturesAreNoError) {
  for (const int side : {1, 2}) {
    EXPECT_TRUE(looks_drawn(Frame::black(side, side)));
    EXPECT_TRUE(looks_drawn(Frame::black(1, 300 * side)));
  }
}

}  // namespace
}  // namespace hyportrait::plan
