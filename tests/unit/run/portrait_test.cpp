// SPDX-License-Identifier: Apache-2.0
#include "run/portrait.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::run {
namespace {

using test::expect_error;

face::Face face_in(double x1, double y1, double x2, double y2) {
  const double width = x2 - x1;
  const double height = y2 - y1;
  return {.box = {x1, y1, x2, y2},
          .score = 0.9,
          .landmarks = {{{x1 + 0.3 * width, y1 + 0.4 * height},
                         {x1 + 0.7 * width, y1 + 0.4 * height},
                         {x1 + 0.5 * width, y1 + 0.6 * height},
                         {x1 + 0.35 * width, y1 + 0.8 * height},
                         {x1 + 0.65 * width, y1 + 0.8 * height}}}};
}

/// Answers for the portrait, then for its crop.
face::DetectFaces answers(std::vector<face::Face> portrait, std::vector<face::Face> crop) {
  return [=, calls = 0](const Frame&) mutable { return calls++ == 0 ? portrait : crop; };
}

nn::BundleConfig small() {
  nn::BundleConfig config;
  config.image_size = 64;
  return config;
}

TEST(Portrait, NoFaceIsAnInputErrorThatNamesTheFileAndTheWayOut) {
  expect_error(ExitCode::input, "cat.png: no face found", [] {
    prepare_portrait(Frame::black(200, 100), answers({}, {}), {.name = "cat.png"}, small());
  });
  PortraitRequest request{.name = "two.png"};
  request.selector.index = 2;
  expect_error(ExitCode::input, "--ref-face may be 0 to 1", [&] {
    const auto faces = {face_in(10, 10, 30, 40), face_in(60, 10, 80, 40)};
    prepare_portrait(Frame::black(200, 100), answers(faces, {}), request, small());
  });
}

TEST(Portrait, TheCropIsAroundTheChosenFaceAndTheSameFaceIsAligned) {
  PortraitRequest request{.name = "two.png"};
  request.selector.index = 1;
  const auto faces = {face_in(20, 40, 40, 60), face_in(150, 40, 170, 60)};
  // On the crop the other face is larger; the chosen one sits in the middle.
  const auto on_crop = {face_in(0, 0, 30, 30), face_in(22, 22, 42, 42)};
  const PortraitCrop portrait =
      prepare_portrait(Frame::black(200, 100), answers(faces, on_crop), request, small());
  EXPECT_EQ(portrait.box.width(), portrait.box.height());
  EXPECT_LE(portrait.box.x1, 150);
  EXPECT_GE(portrait.box.x2, 170);
  EXPECT_EQ(portrait.crop.width, 64);
  EXPECT_EQ(portrait.aligned_face.size(), 112U * 112U * 3U);
  EXPECT_TRUE(portrait.warnings.empty());
}

TEST(Portrait, AFaceLostOnItsCropLeavesTheIdentityOutWithAWarning) {
  const PortraitCrop portrait = prepare_portrait(
      Frame::black(200, 100), answers({face_in(90, 40, 110, 60)}, {}), {.name = "a.png"}, small());
  EXPECT_TRUE(portrait.aligned_face.empty());
  ASSERT_EQ(portrait.warnings.size(), 1U);
  EXPECT_NE(portrait.warnings[0].find("a.png"), std::string::npos);
}

TEST(Portrait, ABoxOfTheUsersNeedsNoDetection) {
  PortraitRequest request{.name = "drawn.png"};
  request.place = face::Box{80, 30, 120, 80};
  const PortraitCrop portrait =
      prepare_portrait(Frame::black(200, 100), answers({}, {}), request, small());
  EXPECT_FALSE(portrait.aligned_face.empty());
  EXPECT_TRUE(portrait.warnings.empty());
}

}  // namespace
}  // namespace hyportrait::run
