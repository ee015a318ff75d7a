// SPDX-License-Identifier: Apache-2.0
#include "metrics/agreement.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace hyportrait::metrics {
namespace {

std::array<float, 2> motion(int frame) {
  return {std::sin(0.7F * static_cast<float>(frame)), std::cos(1.3F * static_cast<float>(frame))};
}

TEST(Agreement, TheSameMotionAboutAnotherMeanAgrees) {
  Agreement agreement;
  for (int frame = 0; frame < 50; ++frame) {
    const auto driver = motion(frame);
    agreement.add(std::array{driver[0] + 5.0F, driver[1] - 3.0F}, driver);
  }
  EXPECT_NEAR(*agreement.correlation(), 1.0, 1e-6);
  EXPECT_NEAR(*agreement.distance(), 0.0, 1e-3);
}

TEST(Agreement, HalfTheMotionIsHalfAsFarAsNone) {
  Agreement half;
  Agreement none;
  for (int frame = 0; frame < 50; ++frame) {
    const auto driver = motion(frame);
    half.add(std::array{driver[0] / 2, driver[1] / 2}, driver);
    none.add(std::array{2.0F, 2.0F}, driver);
  }
  EXPECT_NEAR(*half.correlation(), 1.0, 1e-6);
  EXPECT_NEAR(*half.distance(), 0.5, 1e-6);
  EXPECT_NEAR(*none.distance(), 1.0, 1e-6);
  EXPECT_FALSE(none.correlation().has_value());
}

TEST(Agreement, OppositeMotionIsWorseThanNone) {
  Agreement agreement;
  for (int frame = 0; frame < 50; ++frame) {
    const auto driver = motion(frame);
    agreement.add(std::array{-driver[0], -driver[1]}, driver);
  }
  EXPECT_NEAR(*agreement.correlation(), -1.0, 1e-6);
  EXPECT_NEAR(*agreement.distance(), 2.0, 1e-6);
}

TEST(Agreement, OneFrameSaysNothing) {
  Agreement agreement;
  EXPECT_FALSE(agreement.distance().has_value());
  agreement.add(motion(1), motion(1));
  EXPECT_FALSE(agreement.correlation().has_value());
  EXPECT_FALSE(agreement.distance().has_value());
}

}  // namespace
}  // namespace hyportrait::metrics
