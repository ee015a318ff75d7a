// SPDX-License-Identifier: Apache-2.0
#include "face/motion_buckets.h"

#include <gtest/gtest.h>

#include <vector>

namespace hyportrait::face {
namespace {

// Range 60 x 80: diagonal 100.
const Landmarks kStill{{{0, 0}, {60, 0}, {30, 40}, {10, 80}, {50, 80}}};

Landmarks moved(const Landmarks& landmarks, double x) {
  Landmarks result = landmarks;
  for (Point& p : result) {
    p.x += x;
  }
  return result;
}

TEST(MotionIntensity, NothingMovesInOneFrame) {
  const MotionIntensity none = motion_intensity(std::vector{kStill}, 128);
  EXPECT_EQ(none.head, 0);
  EXPECT_EQ(none.expression, 0);
}

TEST(MotionIntensity, AShiftOfAllPointsIsTheHeads) {
  // Noses at -5 and +5 of their mean: mean distance 5; 5 / 100 * 256 = 12.8.
  const MotionIntensity shift = motion_intensity(std::vector{kStill, moved(kStill, 10)}, 128);
  EXPECT_EQ(shift.head, 12);
  EXPECT_EQ(shift.expression, 0);
}

TEST(MotionIntensity, AMouthCornerIsExpression) {
  Landmarks smile = kStill;
  smile[4].x += 10;  // one of five points, 5 from its mean: 5 / 5 = 1; 1 / 100 * 1024 = 10.24
  const MotionIntensity found = motion_intensity(std::vector{kStill, smile}, 128);
  EXPECT_EQ(found.head, 0);
  EXPECT_EQ(found.expression, 10);
}

TEST(MotionIntensity, IsClampedToTheBuckets) {
  const MotionIntensity wild = motion_intensity(std::vector{kStill, moved(kStill, 1e9)}, 128);
  EXPECT_EQ(wild.head, 127);
}

TEST(MotionIntensity, PointsThatCoincideGiveZero) {
  EXPECT_EQ(motion_intensity(std::vector{Landmarks{}, kStill}, 128).head, 0);
  EXPECT_EQ(motion_intensity({}, 128).expression, 0);
}

}  // namespace
}  // namespace hyportrait::face
