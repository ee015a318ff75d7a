// SPDX-License-Identifier: Apache-2.0
#include "face/align.h"

#include "pictures.h"
#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hyportrait::face {
namespace {

const Landmarks kPoints{{{10, 20}, {50, 18}, {31, 40}, {15, 60}, {46, 61}}};
const Landmarks kTemplate{{{38.2946, 51.6963},
                           {73.5318, 51.5014},
                           {56.0252, 71.7366},
                           {41.5493, 92.3655},
                           {70.7299, 92.2041}}};

TEST(SimilarityTransform, RecoversRotationScaleAndShift) {
  const double angle = 0.3;
  const Similarity truth{.a = 2 * std::cos(angle), .b = 2 * std::sin(angle), .tx = -7, .ty = 11};
  Landmarks moved;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i] = truth(kPoints[i]);
  }
  const Similarity found = similarity_transform(kPoints, moved);
  EXPECT_NEAR(found.a, truth.a, 1e-12);
  EXPECT_NEAR(found.b, truth.b, 1e-12);
  EXPECT_NEAR(found.tx, -7, 1e-10);
  EXPECT_NEAR(found.ty, 11, 1e-10);
  const Point back = found.inverse()(found({3, 4}));
  EXPECT_NEAR(back.x, 3, 1e-10);
  EXPECT_NEAR(back.y, 4, 1e-10);
}

TEST(SimilarityTransform, DoesNotMirror) {
  Landmarks mirrored = kPoints;
  for (Point& p : mirrored) {
    p.x = -p.x;
  }
  // The best rotation onto a mirrored face fits badly, and is still a rotation: right angles stay.
  const Similarity found = similarity_transform(kPoints, mirrored);
  const Point origin = found({0, 0});
  const Point right = found({1, 0});
  const Point down = found({0, 1});
  const double turn =
      (right.x - origin.x) * (down.y - origin.y) - (right.y - origin.y) * (down.x - origin.x);
  EXPECT_GT(turn, 0);
}

TEST(SimilarityTransform, RefusesPointsThatCoincide) {
  test::expect_error(ExitCode::input, "landmarks of the face coincide", [] {
    similarity_transform(Landmarks{}, kPoints);
  });
}

TEST(AlignFace, IsTheIdentityForAFaceOnTheTemplate) {
  const Frame ramp = test::picture(120, 120, [](int x, int y) {
    return test::Rgb{2 * x, 2 * y, 7};
  });
  const std::vector<float> aligned = align_face(ramp, kTemplate);
  ASSERT_EQ(aligned.size(), 112U * 112U * 3U);
  const std::size_t at = (30 * 112 + 80) * 3;  // x 80, y 30
  EXPECT_NEAR(aligned[at], 160 / 255.0, 1e-5);
  EXPECT_NEAR(aligned[at + 1], 60 / 255.0, 1e-5);
  EXPECT_NEAR(aligned[at + 2], 7 / 255.0, 1e-6);
}

TEST(AlignFace, FadesToZeroOverThePicturesEdge) {
  // Moved by half a pixel to the left and cut at 60 columns: column 59 reads halfway out of the
  // picture.
  Landmarks moved = kTemplate;
  for (Point& p : moved) {
    p.x += 0.5;
  }
  const std::vector<float> aligned = align_face(test::plain(60, 120, {255, 255, 255}), moved);
  const float* row = aligned.data() + 50 * 112 * 3;
  EXPECT_NEAR(row[58 * 3], 1.0, 1e-5);
  EXPECT_NEAR(row[59 * 3], 0.5, 1e-5);
  EXPECT_NEAR(row[60 * 3], 0.0, 1e-6);
}

}  // namespace
}  // namespace hyportrait::face
