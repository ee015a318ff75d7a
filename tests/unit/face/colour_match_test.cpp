// SPDX-License-Identifier: Apache-2.0
#include "face/colour_match.h"

#include "pictures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hyportrait::face {
namespace {

using test::at;
using test::Rgb;

constexpr int kSide = 128;

/// Something with texture, between 60 and 180.
Rgb texture(int x, int y) {
  const auto wave = [](double t) { return static_cast<int>(std::lround(120 + 60 * std::sin(t))); };
  return {wave(x * 0.21 + y * 0.05), wave(x * 0.07 - y * 0.17), wave(y * 0.11)};
}

Rgb shifted(Rgb colour, Rgb by) {
  return {colour[0] + by[0], colour[1] + by[1], colour[2] + by[2]};
}

TEST(ColourMatch, TakesAwayACast) {
  ColourMatch match(test::picture(kSide, kSide, texture), {});
  Frame cast = test::picture(kSide, kSide, [](int x, int y) {
    return shifted(texture(x, y), {20, -15, 8});
  });
  match(cast);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(at(cast, 64, 64)[static_cast<std::size_t>(c)],
                texture(64, 64)[static_cast<std::size_t>(c)],
                1);
  }
}

TEST(ColourMatch, FollowsACastThatVariesAcrossTheCrop) {
  ColourMatch match(test::picture(kSide, kSide, texture), {});
  Frame slope = test::picture(kSide, kSide, [](int x, int y) {
    return shifted(texture(x, y), {x / 8, 16 - y / 8, 0});
  });
  match(slope);
  for (const int x : {4, 64, 123}) {
    EXPECT_NEAR(at(slope, x, 20)[0], texture(x, 20)[0], 2);
    EXPECT_NEAR(at(slope, x, 20)[1], texture(x, 20)[1], 2);
  }
}

TEST(ColourMatch, IsNotMisledByWhatMovesAcrossTheBorder) {
  // A dark shoulder covers a third of the lower border and there only.
  ColourMatch match(test::picture(kSide, kSide, texture), {});
  Frame moved = test::picture(kSide, kSide, [](int x, int y) {
    return y > 100 && x < 45 ? Rgb{0, 0, 0} : shifted(texture(x, y), {10, 10, 10});
  });
  match(moved);
  EXPECT_NEAR(at(moved, 64, 64)[0], texture(64, 64)[0], 2);
}

TEST(ColourMatch, DoesNothingWhereThereIsNoSeam) {
  ColourMatch match(test::plain(kSide, kSide, {100, 100, 100}),
                    {.left = true, .top = true, .right = true, .bottom = true});
  Frame cast = test::plain(kSide, kSide, {130, 130, 130});
  match(cast);
  EXPECT_EQ(at(cast, 3, 3)[0], 130);
}

TEST(ColourMatch, ASingleBadFrameChangesLittle) {
  ColourMatch match(test::plain(kSide, kSide, {100, 100, 100}), {});
  Frame frame;
  for (int i = 0; i < 30; ++i) {
    frame = test::plain(kSide, kSide, {110, 110, 110});
    match(frame);
  }
  EXPECT_EQ(at(frame, 64, 64)[0], 100);
  Frame bad = test::plain(kSide, kSide, {150, 150, 150});  // 40 more: 4 % of it is followed
  match(bad);
  EXPECT_NEAR(at(bad, 64, 64)[0], 150 - 11.6, 1);
}

}  // namespace
}  // namespace hyportrait::face
