// SPDX-License-Identifier: Apache-2.0
#include "face/follow.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

constexpr int kWidth = 1000;
constexpr int kHeight = 400;

Face face_at_x(double x) {
  return {
      .box = {.x1 = x, .y1 = 150, .x2 = x + 60, .y2 = 230},
      .score = 0.9,
      .landmarks = {{{x + 15, 170}, {x + 45, 170}, {x + 30, 190}, {x + 20, 210}, {x + 40, 210}}}};
}

Frame frame_at(double seconds) {
  Frame frame = Frame::black(kWidth, kHeight);
  frame.pts_seconds = seconds;
  return frame;
}

TEST(HeadFollower, FixedStaysAroundTheFirstFace) {
  const nn::CropConfig config;
  HeadFollower head(DriveCrop::fixed, config);
  EXPECT_FALSE(head.anchor());
  const CropBox first = head.next(face_at_x(100), frame_at(0)).square;
  const CropBox later = head.next(face_at_x(700), frame_at(1)).square;
  EXPECT_EQ(later.x1, first.x1);
  EXPECT_EQ(head.moved().x, 0.0);
}

TEST(HeadFollower, FollowKeepsTheWholeFaceInsideAndTheSize) {
  const nn::CropConfig config;
  HeadFollower head(DriveCrop::follow, config);
  const HeadAnchor first = head.next(face_at_x(60), frame_at(0));
  double last = 0.0;
  for (int i = 1; i <= 100; ++i) {  // through the picture in four seconds
    const Face face = face_at_x(60 + 8.4 * i);
    const HeadAnchor& now = head.next(face, frame_at(i / 25.0));
    EXPECT_EQ(now.square.width(), first.square.width());
    EXPECT_LE(now.square.x1, face.box.x1);
    EXPECT_GE(now.square.x2, face.box.x2);
    EXPECT_GE(now.square.x1, 0);
    EXPECT_LE(now.square.x2, kWidth);
    EXPECT_GE(head.moved().x, last) << "it does not go back and forth";
    last = head.moved().x;
    EXPECT_EQ(now.first_box.x1 - first.first_box.x1, head.moved().x);
  }
  EXPECT_GT(last, 600.0);
}

TEST(HeadFollower, ANodIsNotFollowedAtOnce) {
  const nn::CropConfig config;
  HeadFollower head(DriveCrop::follow, config);
  head.next(face_at_x(400), frame_at(0));
  head.next(face_at_x(430), frame_at(0.04));
  EXPECT_LE(head.moved().x, 1.0);
  for (int i = 2; i < 200; ++i) {
    head.next(face_at_x(430), frame_at(0.04 * i));
  }
  EXPECT_NEAR(head.moved().x, 30.0, 1.0) << "after a while it is where the head is";
}

TEST(HeadFollower, MovementOfTheSquaresIsTakenOutOfLandmarks) {
  const Landmarks moved = without_movement(face_at_x(100).landmarks, {.x = 10, .y = -5});
  EXPECT_EQ(moved[0].x, 105.0);
  EXPECT_EQ(moved[0].y, 175.0);
}

}  // namespace
}  // namespace hyportrait::face
