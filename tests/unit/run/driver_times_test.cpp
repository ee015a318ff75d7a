// SPDX-License-Identifier: Apache-2.0
#include "run/driver_times.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hyportrait::run {
namespace {

/// What the points say of a frame.
double at(const std::vector<DriverTime>& points, std::int64_t frame) {
  for (std::size_t i = 1; i < points.size(); ++i) {
    const auto& [first, begin] = points[i - 1];
    const auto& [last, end] = points[i];
    if (frame <= last) {
      return begin +
             (end - begin) * static_cast<double>(frame - first) / static_cast<double>(last - first);
    }
  }
  return points.front().seconds;
}

TEST(DriverTimes, AConstantRateIsTwoPoints) {
  std::vector<double> seconds;
  for (int i = 0; i < 1000; ++i) {
    seconds.push_back(std::round(i / 30.0 * 1000.0) / 1000.0);  // as Matroska rounds them
  }
  const auto points = driver_times(seconds, 12.5);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].seconds, 12.5);
  EXPECT_EQ(points[1].frame, 999);
  EXPECT_NEAR(points[1].seconds, 12.5 + 33.3, 1e-9);
}

TEST(DriverTimes, GapsAndUnevenFramesAreWithinAMillisecond) {
  std::vector<double> seconds;
  double now = 0.0;
  for (int i = 0; i < 300; ++i) {
    seconds.push_back(now);
    now += i % 90 == 60 ? 1.3 : (i / 50) % 2 == 0 ? 0.04 : 0.02 + 0.001 * (i % 7);
  }
  const auto points = driver_times(seconds, 0.0);
  EXPECT_LT(points.size(), 200U);
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    EXPECT_NEAR(at(points, static_cast<std::int64_t>(i)), seconds[i], 0.00101) << i;
  }
}

TEST(DriverTimes, OneFrameIsOnePoint) {
  ASSERT_EQ(driver_times({0.0}, 3.0).size(), 1U);
  EXPECT_EQ(driver_times({0.0}, 3.0)[0].seconds, 3.0);
}

}  // namespace
}  // namespace hyportrait::run
