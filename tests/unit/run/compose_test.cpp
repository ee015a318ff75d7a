// SPDX-License-Identifier: Apache-2.0
#include "run/compose.h"

#include "plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hyportrait::run {
namespace {

Frame filled(int width, int height, std::uint8_t value) {
  Frame frame = Frame::black(width, height);
  std::fill(frame.pixels.begin(), frame.pixels.end(), value);
  return frame;
}

TEST(SideBySide, ScalesAllToTheResultsHeight) {
  const face::Size size = plan::side_by_side_size({100, 200}, {320, 160}, {64, 80});
  EXPECT_EQ(size.height, 80);
  EXPECT_EQ(size.width, 40 + 160 + 64);
}

TEST(SideBySide, PutsPortraitDriverAndResultInOrderWithTheResultsTime) {
  Frame result = filled(8, 8, 30);
  result.pts_seconds = 1.5;
  result.duration_seconds = 0.04;
  const Frame picture = side_by_side(filled(16, 16, 10), filled(4, 8, 20), result);
  ASSERT_EQ(picture.width, 8 + 4 + 8);
  EXPECT_EQ(picture.row(3)[0], 10);
  EXPECT_EQ(picture.row(3)[8 * 3], 20);
  EXPECT_EQ(picture.row(3)[12 * 3], 30);
  EXPECT_EQ(picture.row(7)[19 * 3 + 2], 30);
  EXPECT_DOUBLE_EQ(picture.pts_seconds, 1.5);
  EXPECT_DOUBLE_EQ(picture.duration_seconds, 0.04);
}

}  // namespace
}  // namespace hyportrait::run
