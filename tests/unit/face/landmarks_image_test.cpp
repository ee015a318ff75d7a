// SPDX-License-Identifier: Apache-2.0
#include "face/landmarks_image.h"

#include "pictures.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

using test::at;
using test::Rgb;

const Landmarks kDrawn{{{32.5, 32.5}, {96.5, 32.5}, {64.5, 64.5}, {40.5, 96.5}, {88.5, 96.5}}};

TEST(LandmarksImage, DrawsPointsInTheirColoursAndLinesBetween) {
  const Frame image = landmarks_image({.width = 128, .height = 128}, kDrawn);
  EXPECT_EQ(at(image, 32, 32), (Rgb{255, 128, 128}));  // red point over grey lines
  EXPECT_EQ(at(image, 96, 32), (Rgb{128, 255, 128}));
  EXPECT_EQ(at(image, 64, 32), (Rgb{128, 128, 128}));  // eye to eye
  EXPECT_EQ(at(image, 64, 33), (Rgb{64, 64, 64}));     // radius 1 + 0.5 - 1
  EXPECT_EQ(at(image, 64, 35), (Rgb{0, 0, 0}));
  EXPECT_EQ(at(image, 5, 120), (Rgb{0, 0, 0}));
}

TEST(LandmarksImage, TakesPointsOutsideThePicture) {
  Landmarks outside = kDrawn;
  outside[0] = {.x = -500, .y = -20};
  outside[4] = {.x = 1e9, .y = 60};
  const Frame image = landmarks_image({.width = 128, .height = 128}, outside);
  EXPECT_EQ(at(image, 96, 32)[1], 255);
}

TEST(CropFromPicture, ScalesIntoTheCrop) {
  const Landmarks inside =
      crop_from_picture(kDrawn, {.x1 = 12, .y1 = 22, .x2 = 112, .y2 = 122}, 200);
  EXPECT_DOUBLE_EQ(inside[0].x, 41);
  EXPECT_DOUBLE_EQ(inside[0].y, 21);
}

}  // namespace
}  // namespace hyportrait::face
