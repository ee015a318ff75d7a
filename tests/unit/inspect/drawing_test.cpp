// SPDX-License-Identifier: Apache-2.0
#include "inspect/drawing.h"

#include <gtest/gtest.h>

#include <numeric>

namespace hyportrait::inspection {
namespace {

constexpr Colour kRed{255, 0, 0};

int painted(const Frame& frame) {
  int count = 0;
  for (std::size_t i = 0; i < frame.pixels.size(); i += 3) {
    count += frame.pixels[i] != 0 ? 1 : 0;
  }
  return count;
}

TEST(Drawing, ABoxIsItsOutline) {
  Frame frame = Frame::black(20, 20);
  draw_box(frame, {.x1 = 5, .y1 = 5, .x2 = 15, .y2 = 15}, kRed, 1);
  EXPECT_EQ(painted(frame), 36);
  EXPECT_EQ(frame.row(5)[5 * 3], 255);
  EXPECT_EQ(frame.row(14)[14 * 3], 255);
  EXPECT_EQ(frame.row(10)[10 * 3], 0);
}

TEST(Drawing, WhatReachesOutIsCutOff) {
  Frame frame = Frame::black(20, 20);
  draw_box(frame, {.x1 = -50, .y1 = 10, .x2 = 1e9, .y2 = 1e9}, kRed, 2);
  EXPECT_EQ(painted(frame), 40);
  draw_dot(frame, {.x = -2, .y = -2}, kRed, 4);
  draw_number(frame, 88, {.x = 18, .y = 18}, kRed, 10);
  EXPECT_GT(painted(frame), 40);
}

TEST(Drawing, NumbersDiffer) {
  Frame one = Frame::black(40, 20);
  Frame ten = Frame::black(40, 20);
  draw_number(one, 1, {.x = 2, .y = 2}, kRed, 10);
  draw_number(ten, 10, {.x = 2, .y = 2}, kRed, 10);
  EXPECT_EQ(painted(one), 8 * 4);  // 8 cells of 2 x 2 px
  EXPECT_EQ(painted(ten), (8 + 12) * 4);
}

}  // namespace
}  // namespace hyportrait::inspection
