// SPDX-License-Identifier: Apache-2.0
#include "inspect/head_pose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace hyportrait::inspection {
namespace {

/// A face of 100 px between the eyes, seen from far away: turned by yaw, then pitch, then roll.
face::Landmarks seen(double yaw, double pitch, double roll) {
  const double degrees = std::numbers::pi / 180.0;
  const double points[5][3] = {
      {-50, 0, 0}, {50, 0, 0}, {0, 62.0, 55}, {-41, 115.6, 0}, {41, 115.6, 0}};
  face::Landmarks landmarks;
  for (std::size_t i = 0; i < 5; ++i) {
    const double x =
        points[i][0] * std::cos(yaw * degrees) + points[i][2] * std::sin(yaw * degrees);
    const double z =
        points[i][2] * std::cos(yaw * degrees) - points[i][0] * std::sin(yaw * degrees);
    const double y = points[i][1] * std::cos(pitch * degrees) + z * std::sin(pitch * degrees);
    landmarks[i] = {.x = 300 + x * std::cos(roll * degrees) - y * std::sin(roll * degrees),
                    .y = 200 + x * std::sin(roll * degrees) + y * std::cos(roll * degrees)};
  }
  return landmarks;
}

TEST(HeadPose, AFrontalFaceIsNotTurned) {
  const HeadPose pose = pose_from_landmarks(seen(0, 0, 0));
  EXPECT_NEAR(pose.yaw, 0, 0.1);
  EXPECT_NEAR(pose.pitch, 0, 0.1);
  EXPECT_NEAR(pose.roll, 0, 0.1);
}

TEST(HeadPose, SignsAndSizesAreRoughlyRight) {
  for (const double degrees : {-40.0, -20.0, 20.0, 40.0}) {
    EXPECT_NEAR(pose_from_landmarks(seen(degrees, 0, 0)).yaw, degrees, 5) << degrees;
    EXPECT_NEAR(pose_from_landmarks(seen(0, degrees, 0)).pitch, degrees, 5) << degrees;
    EXPECT_NEAR(pose_from_landmarks(seen(0, 0, degrees)).roll, degrees, 0.1) << degrees;
  }
}

TEST(HeadPose, RollDoesNotLookLikeAnotherTurn) {
  const HeadPose pose = pose_from_landmarks(seen(25, 0, 35));
  EXPECT_NEAR(pose.yaw, 25, 5);
  EXPECT_NEAR(pose.pitch, 0, 5);
  EXPECT_NEAR(pose.roll, 35, 3);
}

TEST(HeadPose, PointsThatCoincideGiveNoPose) {
  EXPECT_EQ(pose_from_landmarks({}).yaw, 0);
}

}  // namespace
}  // namespace hyportrait::inspection
