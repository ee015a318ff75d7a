// SPDX-License-Identifier: Apache-2.0
#include "motion/smooth.h"

#include "unit/motion/made_motion.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace hyportrait::motion {
namespace {

std::vector<FrameTime> at_25(int frames) {
  std::vector<FrameTime> times;
  for (int i = 0; i < frames; ++i) {
    times.push_back({i / 25.0, 1 / 25.0});
  }
  return times;
}

TEST(Smooth, NoneLeavesTheBits) {
  const torch::Tensor values = torch::rand({10, 3}, torch::kDouble);
  EXPECT_TRUE(torch::equal(smooth(values, at_25(10), 0.0), values));
}

TEST(Smooth, AnImpulseFallsToHalfAtHalfTheWidth) {
  torch::Tensor values = torch::zeros({51, 1}, torch::kDouble);
  values[25] = 1.0;
  const std::vector<double> got = test::column(smooth(values, at_25(51), 0.4));
  EXPECT_NEAR(got[25 + 5] / got[25], 0.5, 1e-6);  // 0.2 s on
  EXPECT_DOUBLE_EQ(got[20], got[30]) << "zero phase";
  double sum = 0.0;
  for (const double value : got) {
    sum += value;
  }
  EXPECT_NEAR(sum, 1.0, 1e-3);
}

TEST(Smooth, WhatRestsRestsAlsoAtTheEndsAndWithUnevenFrames) {
  std::vector<FrameTime> times = at_25(20);
  for (std::size_t i = 10; i < 20; ++i) {
    times[i] = {times[i - 1].pts_seconds + times[i - 1].duration_seconds, i % 2 == 0 ? 0.02 : 0.1};
  }
  const torch::Tensor values = torch::full({20, 2}, 7.5, torch::kDouble);
  EXPECT_TRUE(torch::allclose(smooth(values, times, 0.5), values));
}

TEST(Smooth, WhiteNoiseShrinks) {
  torch::manual_seed(1);
  const torch::Tensor noise = torch::randn({500, 1}, torch::kDouble);
  const double left = smooth(noise, at_25(500), 0.2).std().item<double>();
  EXPECT_LT(left, 0.45 * noise.std().item<double>());
}

TEST(Smooth, LandmarksGoThereAndBack) {
  const Motion motion = test::turning({0, 10, 20, 30});
  const auto same = as_landmarks(as_rows(motion.landmarks));
  ASSERT_EQ(same.size(), 4U);
  EXPECT_EQ(same[3][4].x, motion.landmarks[3][4].x);
  EXPECT_EQ(same[3][4].y, motion.landmarks[3][4].y);
}

}  // namespace
}  // namespace hyportrait::motion
