// SPDX-License-Identifier: Apache-2.0
#include "motion/motion.h"

#include "support/expect_error.h"
#include "unit/motion/made_motion.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace hyportrait::motion {
namespace {

using test::column;
using test::turning;

std::vector<double> frames_of(const Motion& motion) {
  return column(motion.expression, 1);  // the frame's number
}

std::vector<double> pts_of(const Motion& motion) {
  std::vector<double> pts;
  for (const FrameTime& time : motion.times) {
    pts.push_back(std::round(time.pts_seconds * 1000.0) / 1000.0);
  }
  return pts;
}

TEST(Motion, FramesWithoutAFaceLieOnALineBetweenTheirNeighbours) {
  Motion motion = turning({9, 10, 99, 99, 99, 30, 99});
  motion.detected = {false, true, false, false, false, true, false};
  const Motion filled = interpolated(motion);
  EXPECT_EQ(column(filled.head_pose), (std::vector<double>{10, 10, 15, 20, 25, 30, 30}));
  EXPECT_EQ(column(filled.expression), (std::vector<double>{1, 1, 1.5, 2, 2.5, 3, 3}));
  EXPECT_EQ(filled.landmarks[3][0].x, 110.0);
  EXPECT_EQ(filled.detected, motion.detected);
  EXPECT_EQ(filled.times.size(), 7U);
}

TEST(Motion, AnglesAreInterpolatedTheShortWay) {
  Motion motion = turning({170, 0, -170});
  motion.detected = {true, false, true};
  EXPECT_NEAR(std::abs(column(interpolated(motion).head_pose)[1]), 180.0, 1e-4);
  const Motion at = at_times(motion, {{0.05, 0.1}});
  EXPECT_NEAR(column(at.head_pose)[0], 175.0, 1e-4);
}

TEST(Motion, AtTimesHoldsTheEnds) {
  const Motion motion = turning({0, 10, 20});
  const Motion at = at_times(motion, {{-1.0, 0.1}, {0.05, 0.1}, {0.1, 0.1}, {9.0, 0.1}});
  const std::vector<double> yaws = column(at.head_pose);
  EXPECT_EQ(yaws[0], 0.0);
  EXPECT_NEAR(yaws[1], 5.0, 1e-5);
  EXPECT_EQ(yaws[2], 10.0);
  EXPECT_EQ(yaws[3], 20.0);
}

TEST(Motion, APartIsTheFramesFromStartBeforeEnd) {
  const Motion motion = turning({0, 1, 2, 3, 4, 5});
  const Motion part =
      part_of(motion, {.start_seconds = 0.2, .end_seconds = 0.45}, false, "a.motion");
  EXPECT_EQ(frames_of(part), (std::vector<double>{2, 3, 4}));
  EXPECT_EQ(pts_of(part), (std::vector<double>{0.0, 0.1, 0.2}));
  EXPECT_NEAR(part.times.back().duration_seconds, 0.05, 1e-9);
  EXPECT_EQ(part_of(motion, {.max_frames = 2}, false, "a.motion").frames(), 2);
  test::expect_error(ExitCode::input, "a.motion: has no frame in the time", [&] {
    part_of(motion, {.start_seconds = 7.0}, false, "a.motion");
  });
}

TEST(Motion, ARateRepeatsAndDropsFrames) {
  const Motion motion = turning({0, 1, 2, 3});  // 10 a second
  const Motion twice = part_of(motion, {.fps = Rational{20, 1}}, false, "a.motion");
  EXPECT_EQ(frames_of(twice), (std::vector<double>{0, 0, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(pts_of(twice)[3], 0.15);
  const Motion half = part_of(motion, {.fps = Rational{5, 1}}, false, "a.motion");
  EXPECT_EQ(half.frames(), 2);
  const Motion picture = part_of(turning({0}), {.fps = Rational{50, 1}}, true, "a.motion");
  EXPECT_EQ(picture.frames(), 1);
  EXPECT_EQ(picture.times[0].duration_seconds, 0.02);
}

TEST(Motion, AnglesAreUnwrappedAndWrappedAgain) {
  const torch::Tensor angles = torch::tensor({{170.0}, {-170.0}, {-160.0}, {175.0}});
  const torch::Tensor straight = unwrapped(angles);
  EXPECT_EQ(column(straight), (std::vector<double>{170, 190, 200, 175}));
  EXPECT_EQ(column(wrapped(straight)), column(angles));
  EXPECT_EQ(column(wrapped(torch::tensor({{180.0}, {-180.0}, {0.0}}))),
            (std::vector<double>{180, 180, 0}));
}

TEST(Motion, TheHeadsIntensityIsThePoseDriversTheFacesTheFacesDrivers) {
  const Motion still = turning({0, 0, 0, 0});
  const Motion nodding = turning({0, 40, 0, 40});
  const auto mixed = intensities(still, nodding, 2, 128);
  ASSERT_EQ(mixed.size(), 2U);
  EXPECT_GT(mixed[0].head, 0);
  EXPECT_EQ(mixed[0].expression, 0);
  EXPECT_EQ(intensities(nodding, still, 4, 128)[0].head, 0);
}

}  // namespace
}  // namespace hyportrait::motion
