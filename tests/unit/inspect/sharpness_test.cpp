// SPDX-License-Identifier: Apache-2.0
#include "inspect/sharpness.h"

#include "face/resize.h"
#include "media/image_io.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

namespace hyportrait::inspection {
namespace {

TEST(Sharpness, ABlurredPhotographHasLess) {
  HYPORTRAIT_NEEDS_SHARED("testdata/portraits/skimage__astronaut.png");
  const Frame photo =
      media::read_image(test::shared_path("testdata/portraits/skimage__astronaut.png"), {});
  const face::Box face{.x1 = 170, .y1 = 70, .x2 = 280, .y2 = 200};
  const auto blurred = [&](int side) {
    return face::resize_antialiased(
        face::resize_antialiased(photo, {side, side}, face::ResizeFilter::bilinear),
        {photo.width, photo.height},
        face::ResizeFilter::bicubic);
  };
  const double sharp = sharpness(photo, face);
  EXPECT_GT(sharp, 8.0);
  EXPECT_LT(sharpness(blurred(128), face), 0.6 * sharp);
  EXPECT_LT(sharpness(blurred(64), face), 4.0);
}

TEST(Sharpness, ABoxOutsideThePictureHasNone) {
  const Frame frame = Frame::black(32, 32);
  EXPECT_EQ(sharpness(frame, {.x1 = 40, .y1 = 40, .x2 = 60, .y2 = 60}), 0.0);
  EXPECT_EQ(sharpness(frame, {.x1 = -8, .y1 = -8, .x2 = 16, .y2 = 16}), 0.0);  // black
}

}  // namespace
}  // namespace hyportrait::inspection
