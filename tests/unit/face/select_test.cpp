// SPDX-License-Identifier: Apache-2.0
#include "face/select.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

Face face(double x, double y, double side, double score = 0.9) {
  return {.box = {.x1 = x, .y1 = y, .x2 = x + side, .y2 = y + side}, .score = score};
}

FaceSelector index(int value) {
  FaceSelector selector;
  selector.index = value;
  return selector;
}

FaceSelector point(double x, double y) {
  FaceSelector selector;
  selector.point = PixelPoint{x, y};
  return selector;
}

const std::vector<Face> kThree{face(300, 0, 50), face(0, 0, 80), face(150, 0, 80, 0.8)};

TEST(Largest, FirstOfEqualsAndNothingOfNone) {
  EXPECT_EQ(largest(kThree)->box.x1, 0);
  EXPECT_FALSE(largest({}).has_value());
}

TEST(CheckBox, MostOfABoxLiesInItsPicture) {
  const PixelSize picture{100, 50};
  EXPECT_NO_THROW(check_box({0, 0, 100, 50}, picture, "--ref-box", "a.png"));
  EXPECT_NO_THROW(check_box({-20, -10, 60, 40}, picture, "--ref-box", "a.png"));
  for (const PixelBox& box :
       {PixelBox{0, 0, 1e6, 1e6}, PixelBox{100, 0, 10, 10}, PixelBox{-60, 10, 100, 30}}) {
    test::expect_error(ExitCode::usage, {"--ref-box", "a.png, which is 100x50 px"}, [&] {
      check_box(box, picture, "--ref-box", "a.png");
    });
  }
}

TEST(Choose, CountsFromTheLeft) {
  EXPECT_EQ(choose(kThree, index(0))->box.x1, 0);
  EXPECT_EQ(choose(kThree, index(2))->box.x1, 300);
  EXPECT_FALSE(choose(kThree, index(3)).has_value());
}

TEST(Choose, NearestToThePoint) {
  EXPECT_EQ(choose(kThree, point(310, 20))->box.x1, 300);
  EXPECT_EQ(choose(kThree, {})->box.x1, 0);
}

TEST(FaceAt, TakesLandmarksOfTheDetectionInside) {
  Face inside = face(110, 110, 70);
  inside.landmarks[2] = {.x = 145, .y = 150};
  const Box place{.x1 = 100, .y1 = 100, .x2 = 200, .y2 = 200};
  const Face found = face_at({face(180, 180, 90), inside, face(120, 120, 10)}, place);
  EXPECT_EQ(found.landmarks[2].x, 145);
  EXPECT_EQ(found.box.x1, 100);  // the place stays the user's
  EXPECT_EQ(found.score, 0.9);
}

TEST(FaceAt, FallsBackToProportions) {
  const Face drawn = face_at({face(500, 500, 50)}, {.x1 = 100, .y1 = 200, .x2 = 200, .y2 = 300});
  EXPECT_EQ(drawn.score, 0);
  EXPECT_DOUBLE_EQ(drawn.landmarks[2].x, 150);  // the nose in the middle
  EXPECT_LT(drawn.landmarks[0].x, drawn.landmarks[1].x);
  EXPECT_LT(drawn.landmarks[0].y, drawn.landmarks[2].y);
  EXPECT_LT(drawn.landmarks[2].y, drawn.landmarks[3].y);
}

TEST(IntersectionOverUnion, OfKnownBoxes) {
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {5, 0, 15, 10}), 1.0 / 3);
  EXPECT_EQ(intersection_over_union({0, 0, 10, 10}, {20, 20, 30, 30}), 0);
}

}  // namespace
}  // namespace hyportrait::face
