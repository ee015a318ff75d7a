// SPDX-License-Identifier: Apache-2.0
#include "metrics/steadiness.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hyportrait::metrics {
namespace {

Frame filled(int level) {
  Frame frame = Frame::black(8, 8);
  std::fill(frame.pixels.begin(), frame.pixels.end(), static_cast<std::uint8_t>(level));
  return frame;
}

TEST(Flicker, ASteadyChangeHasNone) {
  Flicker flicker;
  for (int level = 10; level <= 100; level += 10) {
    flicker.add(filled(level));
  }
  EXPECT_DOUBLE_EQ(*flicker.levels(), 0.0);
}

TEST(Flicker, ToAndFroHasFourTimesItsHeight) {
  Flicker flicker;
  for (int frame = 0; frame < 6; ++frame) {
    flicker.add(filled(100 + frame % 2 * 3));
  }
  EXPECT_DOUBLE_EQ(*flicker.levels(), 6.0);
}

TEST(Flicker, WhatIsLeftOutDoesNotCount) {
  Flicker flicker;
  const face::CropBox hole{.x1 = 2, .y1 = 2, .x2 = 6, .y2 = 6};
  for (int number = 0; number < 5; ++number) {
    Frame frame = filled(50);
    frame.row(4)[4 * 3] = static_cast<std::uint8_t>(number % 2 * 255);
    flicker.add(frame, hole);
  }
  EXPECT_DOUBLE_EQ(*flicker.levels(), 0.0);
  Flicker all;
  all.add(filled(1), face::CropBox{.x1 = 0, .y1 = 0, .x2 = 8, .y2 = 8});
  EXPECT_FALSE(all.levels().has_value());
}

TEST(Steps, ASeamIsAStepLargerThanThoseBesideIt) {
  Steps steps;
  int level = 0;
  for (int frame = 0; frame < 12; ++frame) {
    level += frame == 6 ? 20 : 2;  // a jump onto frame 6
    steps.add(filled(level));
  }
  EXPECT_NEAR(*steps.seam({6}), 20.25 / 2.25, 1e-9);
  EXPECT_NEAR(*steps.seam({3}), 1.0, 1e-9);
  EXPECT_NEAR(*steps.seam({3, 6}), (1.0 + 20.25 / 2.25) / 2, 1e-9);
}

TEST(Steps, BordersAtTheEndsHaveNothingBesideThem) {
  Steps steps;
  for (int frame = 0; frame < 4; ++frame) {
    steps.add(filled(frame));
  }
  EXPECT_FALSE(steps.seam({}).has_value());
  EXPECT_FALSE(steps.seam({0, 1, 3, 99}).has_value());
  EXPECT_TRUE(steps.seam({2}).has_value());
}

TEST(Steps, AStillPictureHasNoSeam) {
  Steps steps;
  for (int frame = 0; frame < 6; ++frame) {
    steps.add(filled(9));
  }
  EXPECT_DOUBLE_EQ(*steps.seam({3}), 1.0);
}

}  // namespace
}  // namespace hyportrait::metrics
