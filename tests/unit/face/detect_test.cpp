// SPDX-License-Identifier: Apache-2.0
#include "face/detect.h"

#include "pictures.h"

#include <gtest/gtest.h>

namespace hyportrait::face {
namespace {

Candidates candidates(std::vector<Box> boxes, std::vector<float> scores) {
  Candidates result{.boxes = std::move(boxes), .scores = std::move(scores), .landmarks = {}};
  result.landmarks.resize(result.boxes.size());
  return result;
}

constexpr Size kSquare{.width = 416, .height = 416};  // network px are picture px

TEST(NetworkSize, ShorterSideIsFixedAndBothAreMultiples) {
  const nn::DetectorConfig config;
  const Size landscape = network_size({.width = 640, .height = 480}, config);
  EXPECT_EQ(landscape.height, 416);
  EXPECT_EQ(landscape.width, 576);  // 640 * 416 / 480 = 554.67 -> 576
  const Size portrait = network_size({.width = 1080, .height = 1920}, config);
  EXPECT_EQ(portrait.width, 416);
  EXPECT_EQ(portrait.height, 768);  // 739.6 -> 768 (int(739.6 + 31) / 32 = 24)
}

TEST(ResizeForNetwork, StretchesOrPads) {
  nn::DetectorConfig config{.min_side = 32, .multiple = 32};
  const Frame white = test::plain(50, 40, {255, 255, 255});
  const Frame stretched = resize_for_network(white, config);
  EXPECT_EQ(stretched.width, 64);
  EXPECT_EQ(test::at(stretched, 63, 31)[0], 255);
  config.keep_aspect = true;
  const Frame padded = resize_for_network(white, config);
  EXPECT_EQ(padded.width, 64);
  EXPECT_EQ(padded.height, 32);
  EXPECT_EQ(test::at(padded, 39, 31)[0], 255);  // 50 * 32 / 40 = 40 columns of picture
  EXPECT_EQ(test::at(padded, 40, 0)[0], 0);
}

TEST(NetworkSize, AStripIsBoundedInItsLength) {
  for (const bool keep_aspect : {false, true}) {
    const nn::DetectorConfig config{.min_side = 416, .multiple = 32, .keep_aspect = keep_aspect};
    const Size wide = network_size({.width = 16384, .height = 1}, config);
    EXPECT_EQ(wide.width, 6656);  // 16 * 416
    EXPECT_EQ(wide.height, 416);
    const Size high = network_size({.width = 1, .height = 16384}, config);
    EXPECT_EQ(high.width, 416);
    EXPECT_EQ(high.height, 6656);
    const Size just_not = network_size({.width = 800, .height = 100}, config);
    EXPECT_EQ(just_not.height, 416);
  }
}

TEST(ResizeForNetwork, PadsAStripAndMapsItsFacesBack) {
  const nn::DetectorConfig config{.min_side = 32, .multiple = 32};
  const Size strip{.width = 5120, .height = 200};  // scaled by 0.1
  const Frame image =
      resize_for_network(test::plain(strip.width, strip.height, {255, 255, 255}), config);
  ASSERT_EQ(image.width, 512);
  ASSERT_EQ(image.height, 32);
  EXPECT_EQ(test::at(image, 511, 19)[0], 255);
  EXPECT_EQ(test::at(image, 0, 20)[0], 0);
  const auto faces = faces_from_candidates(candidates({{10, 2, 20, 12}}, {0.9F}), strip, config);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_DOUBLE_EQ(faces[0].box.x1, 100);
  EXPECT_DOUBLE_EQ(faces[0].box.y2, 120);
}

TEST(FacesFromCandidates, ScoreMustBeStrictlyAbove) {
  const auto faces = faces_from_candidates(
      candidates({{0, 0, 10, 10}, {50, 50, 60, 60}}, {0.5F, 0.5001F}), kSquare, {});
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_EQ(faces[0].box.x1, 50);
}

TEST(FacesFromCandidates, SuppressesOnlyAboveTheOverlap) {
  // 10 x 10 boxes, moved by 4: 60 / 140 = 0.43 stays; by 3: 70 / 130 = 0.54 goes.
  const std::vector<Box> boxes{
      {0, 0, 10, 10}, {4, 0, 14, 10}, {3, 100, 13, 110}, {0, 100, 10, 110}};
  const auto faces =
      faces_from_candidates(candidates(boxes, {0.9F, 0.8F, 0.7F, 0.6F}), kSquare, {});
  ASSERT_EQ(faces.size(), 3U);
  EXPECT_EQ(faces[2].box.x1, 3);
}

TEST(FacesFromCandidates, ASuppressedBoxSuppressesNothing) {
  // A chain: the second overlaps the first, the third only the second.
  const std::vector<Box> boxes{{0, 0, 10, 10}, {3, 0, 13, 10}, {6, 0, 16, 10}};
  const auto faces = faces_from_candidates(candidates(boxes, {0.9F, 0.8F, 0.7F}), kSquare, {});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_EQ(faces[1].box.x1, 6);
}

TEST(FacesFromCandidates, BestFirstAndEqualScoresInOrder) {
  const std::vector<Box> boxes{{0, 0, 9, 9}, {100, 0, 109, 9}, {200, 0, 209, 9}};
  const auto faces = faces_from_candidates(candidates(boxes, {0.6F, 0.9F, 0.6F}), kSquare, {});
  ASSERT_EQ(faces.size(), 3U);
  EXPECT_EQ(faces[0].box.x1, 100);
  EXPECT_EQ(faces[1].box.x1, 0);
  EXPECT_EQ(faces[2].box.x1, 200);
}

TEST(FacesFromCandidates, ScalesBackToThePicture) {
  Candidates one = candidates({{0, 0, 288, 208}}, {0.9F});
  one.landmarks[0][2] = {.x = 144, .y = 104};
  const auto faces = faces_from_candidates(one, {.width = 640, .height = 480}, {});  // 576 x 416
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_DOUBLE_EQ(faces[0].box.x2, 320);
  EXPECT_DOUBLE_EQ(faces[0].box.y2, 240);
  EXPECT_DOUBLE_EQ(faces[0].landmarks[2].x, 160);
  EXPECT_DOUBLE_EQ(faces[0].landmarks[2].y, 120);
}

TEST(FacesFromCandidates, PaddingIsNotScaledBack) {
  const nn::DetectorConfig config{.min_side = 32, .multiple = 32, .keep_aspect = true};
  const auto faces = faces_from_candidates(
      candidates({{20, 16, 40, 32}}, {0.9F}), {.width = 50, .height = 40}, config);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_DOUBLE_EQ(faces[0].box.x2, 50);
  EXPECT_DOUBLE_EQ(faces[0].box.y2, 40);
}

}  // namespace
}  // namespace hyportrait::face
