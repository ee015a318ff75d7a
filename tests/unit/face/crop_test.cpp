// SPDX-License-Identifier: Apache-2.0
#include "face/crop.h"

#include "pictures.h"
#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

using test::at;
using test::Rgb;

Frame coordinates(int width, int height) {
  return test::picture(width, height, [](int x, int y) { return Rgb{x, y, 255}; });
}

void expect_box(const CropBox& box, std::array<int, 4> expected) {
  EXPECT_EQ((std::array{box.x1, box.y1, box.x2, box.y2}), expected);
}

TEST(PortraitBox, IsThreeTimesAFaceInTheMiddle) {
  expect_box(portrait_box({100, 100, 140, 140}, {.width = 300, .height = 300}, 1.0),
             {60, 60, 180, 180});
}

TEST(PortraitBox, SlidesTowardTheFaceWhenCutByOneSide) {
  // Enlarged: x 0..210 (cut at 0), y 100..340: 210 wide, 240 high. The square of 210 may slide by
  // 15; the face's centre is the window's own, so it stays: y 115..325.
  expect_box(portrait_box({50, 180, 130, 260}, {.width = 400, .height = 400}, 1.0),
             {0, 115, 210, 325});
  // Near the bottom: y 250..400 (cut), x 100..280: 150 high; centre 190 is the face's.
  expect_box(portrait_box({160, 310, 220, 370}, {.width = 400, .height = 400}, 1.0),
             {115, 250, 265, 400});
  // A wide face cut on the left: x 0..190, y 150..210 -> 60 high; the face's centre 40 is left
  // of 95.
  expect_box(portrait_box({-70, 170, 60, 190}, {.width = 400, .height = 400}, 1.0),
             {0, 150, 60, 210});
}

TEST(PortraitBox, RoundsHalvesToEven) {
  expect_box(portrait_box({10.5, 11.5, 12.5, 13.5}, {.width = 100, .height = 100}, 1.0),
             {8, 10, 14, 16});
}

TEST(Crop, IsBlackOutsideThePicture) {
  const Frame cut = crop(coordinates(20, 10), {.x1 = -2, .y1 = 7, .x2 = 3, .y2 = 12});
  EXPECT_EQ(cut.width, 5);
  EXPECT_EQ(cut.height, 5);
  EXPECT_EQ(at(cut, 1, 0), (Rgb{0, 0, 0}));
  EXPECT_EQ(at(cut, 2, 0), (Rgb{0, 7, 255}));
  EXPECT_EQ(at(cut, 4, 2), (Rgb{2, 9, 255}));
  EXPECT_EQ(at(cut, 4, 3), (Rgb{0, 0, 0}));
  const Frame beside = crop(coordinates(20, 10), {.x1 = 30, .y1 = 0, .x2 = 32, .y2 = 2});
  EXPECT_EQ(at(beside, 0, 0), (Rgb{0, 0, 0}));
}

TEST(Crop, RefusesABoxWithoutPixels) {
  test::expect_error(ExitCode::input, "no pixel inside", [] {
    crop(coordinates(20, 10), {.x1 = 5, .y1 = 5, .x2 = 5, .y2 = 8});
  });
}

TEST(MotionFaceBox, MovesTheLandmarksRangeTowardTheFirstBox) {
  const Landmarks landmarks{{{20, 30}, {60, 30}, {40, 50}, {25, 70}, {55, 70}}};
  const Box box = motion_face_box(landmarks, {.x1 = 0, .y1 = 10, .x2 = 80, .y2 = 90}, 0.45);
  EXPECT_DOUBLE_EQ(box.x1, 11);
  EXPECT_DOUBLE_EQ(box.y1, 21);
  EXPECT_DOUBLE_EQ(box.x2, 69);
  EXPECT_DOUBLE_EQ(box.y2, 79);
}

TEST(CenterCrop, TruncatesCentreAndHalfSize) {
  // Centre (30.9, 20.5) -> (30, 20); half of int(13.8) = 13 -> 6.
  const Frame cut = center_crop(coordinates(100, 100), {24, 15, 37.8, 26});
  EXPECT_EQ(cut.width, 12);
  EXPECT_EQ(at(cut, 0, 0), (Rgb{24, 14, 255}));
}

TEST(CenterCrop, SurvivesABoxOfNoSize) {
  EXPECT_EQ(center_crop(coordinates(9, 9), {4, 4, 4, 4}).width, 2);
}

TEST(MotionCrops, HaveTheMotionSize) {
  const Frame frame = coordinates(200, 150);
  nn::BundleConfig config;
  config.image_size = 96;
  config.crop.motion_size = 48;
  const Landmarks landmarks{{{80, 60}, {110, 60}, {95, 75}, {85, 95}, {105, 95}}};
  const Frame face = motion_face_crop(frame, landmarks, {70, 45, 120, 105}, config.crop);
  EXPECT_EQ(face.width, 48);
  EXPECT_NEAR(at(face, 24, 24)[0], 95, 2);  // red is x: the middle of the range
  const Frame head = motion_head_crop(frame, {.x1 = 40, .y1 = 10, .x2 = 140, .y2 = 110}, config);
  EXPECT_EQ(head.height, 48);
  EXPECT_NEAR(at(head, 24, 24)[0], 90, 2);
}

}  // namespace
}  // namespace hyportrait::face
