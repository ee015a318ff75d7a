// SPDX-License-Identifier: Apache-2.0
#include "plot/axis.h"

#include <gtest/gtest.h>

namespace hyportrait::plot {
namespace {

TEST(Axis, EndsAtRoundNumbersBeyondAllValues) {
  const Axis axis = axis_around({-13.2, 4.0, 21.7});
  EXPECT_EQ(axis.low, -20.0);
  EXPECT_EQ(axis.high, 30.0);
  EXPECT_EQ(axis.ticks, (std::vector<double>{-20, -10, 0, 10, 20, 30}));
  EXPECT_EQ(axis.share(30.0), 1.0);
  EXPECT_EQ(tick_text(axis, -10.0), "-10");
}

TEST(Axis, WhatRestsIsALineInTheMiddle) {
  const Axis axis = axis_around({5.0, 5.0});
  EXPECT_LT(axis.low, 5.0);
  EXPECT_GT(axis.high, 5.0);
  EXPECT_GT(axis.ticks.size(), 1U);
  EXPECT_NE(tick_text(axis, axis.ticks[0]), tick_text(axis, axis.ticks[1]));
}

TEST(Axis, OfNoValuesIsStillOne) {
  EXPECT_LT(axis_around({}).low, axis_around({}).high);
  EXPECT_LT(axis_of_time({}).low, axis_of_time({}).high);
}

TEST(Axis, OfTimeEndsWithTheClip) {
  const Axis axis = axis_of_time({0.0, 1.0, 1.96});
  EXPECT_EQ(axis.high, 1.96);
  EXPECT_EQ(tick_text(axis, axis.ticks[1]), "0.5");
  EXPECT_EQ(tick_text(axis, -0.0), "0.0");
}

}  // namespace
}  // namespace hyportrait::plot
