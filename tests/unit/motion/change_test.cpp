// SPDX-License-Identifier: Apache-2.0
#include "motion/change.h"

#include "options/animate_options.h"
#include "support/expect_error.h"
#include "unit/motion/made_motion.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace hyportrait::motion {
namespace {

using test::column;
using test::expect_error;
using test::turning;

const std::vector<std::string> kOrder{"yaw", "pitch", "roll"};

class ChangeTest : public ::testing::Test {
 protected:
  Changed changed() const {
    return change({.face = driver_, .pose = pose_ ? &*pose_ : nullptr, .portrait = &portrait_},
                  options_,
                  {.side = 100,
                   .bucket_frames = 25,
                   .buckets = 128,
                   .rotation_order = order_,
                   .name = "clip.mp4"});
  }
  [[nodiscard]] std::vector<double> yaws() const { return column(changed().head_pose); }

  Motion driver_ = turning({0, 10, 20, 10, 0, -10, -20, -10, 0});
  std::optional<Motion> pose_;
  Motion portrait_ = turning({-5});
  MotionOptions options_;
  std::vector<std::string> order_ = kOrder;
};

TEST_F(ChangeTest, NothingAskedForKeepsTheBits) {
  const Changed same = changed();
  EXPECT_TRUE(torch::equal(same.expression, driver_.expression));
  EXPECT_TRUE(torch::equal(same.head_pose, driver_.head_pose));
  EXPECT_EQ(same.landmarks[1][0].x, 52.5);  // on a crop of half the size
}

TEST_F(ChangeTest, StrengthIsAboutTheMedian) {
  options_.pose_strength = 0.5;
  EXPECT_EQ(yaws(), (std::vector<double>{0, 5, 10, 5, 0, -5, -10, -5, 0}));
  EXPECT_TRUE(torch::equal(changed().expression, driver_.expression));
  options_.pose_strength = 1.0;
  options_.expression_strength = 2.0;
  EXPECT_FLOAT_EQ(static_cast<float>(column(changed().expression)[2]), 4.0F);
  EXPECT_TRUE(torch::equal(changed().head_pose, driver_.head_pose));
}

TEST_F(ChangeTest, LandmarksFollowThePose) {
  options_.pose_strength = 0.5;
  const Changed half = changed();
  EXPECT_NEAR(half.landmarks[2][0].x, 52.5, 0.1) << "as a yaw of 10 degrees has it";
  EXPECT_NEAR(half.landmarks[6][0].x, 47.5, 0.1);
  options_ = {.pose_offset = PoseOffset{.yaw = 10.0, .pitch = 5.0}};
  EXPECT_NEAR(changed().landmarks[0][0].x, 52.5, 0.1);
}

TEST_F(ChangeTest, ANamedNeutralStandsStill) {
  options_.pose_strength = 0.0;
  options_.neutral_seconds = 0.25;  // frame 2
  EXPECT_EQ(yaws(), std::vector<double>(9, 20.0));
}

TEST_F(ChangeTest, ANeutralMustBeThereAndHaveAFace) {
  options_.neutral_seconds = 3.0;
  expect_error(ExitCode::input, "clip.mp4: has no frame at 3 s (--neutral)", [&] { changed(); });
  options_.neutral_seconds = 0.1;
  driver_.detected[1] = false;
  expect_error(ExitCode::input, "clip.mp4: has no face at 0.1 s (--neutral)", [&] { changed(); });
}

TEST_F(ChangeTest, RelativeBeginsAtThePortraitsOwn) {
  options_.relative = true;
  const Changed relative = changed();
  EXPECT_EQ(column(relative.head_pose), (std::vector<double>{-5, 5, 15, 5, -5, -15, -25, -15, -5}));
  EXPECT_FLOAT_EQ(static_cast<float>(column(relative.expression)[0]), -0.5F);
  driver_.detected[0] = false;  // then the first face is frame 1
  EXPECT_EQ(yaws()[1], -5.0);
}

TEST_F(ChangeTest, ThePosesDriverGivesPoseLandmarksAndHeadIntensity) {
  pose_ = turning({0, 30});
  options_.pose_drive = "other.mp4";
  const Changed mixed = changed();
  const std::vector<double> got = column(mixed.head_pose);
  EXPECT_EQ(got[0], 0.0);
  EXPECT_EQ(got[1], 30.0);
  EXPECT_EQ(got.back(), 30.0) << "its end is held";
  EXPECT_TRUE(torch::equal(mixed.expression, driver_.expression));
  EXPECT_EQ(mixed.landmarks[1][0].x, 57.5);
}

TEST_F(ChangeTest, RefKeepsThePortraitsPose) {
  options_.pose_drive = kPortraitsPose;
  const Changed kept = changed();
  EXPECT_EQ(column(kept.head_pose), std::vector<double>(9, -5.0));
  EXPECT_EQ(kept.intensities.at(0).head, 0);
  EXPECT_TRUE(torch::equal(kept.expression, driver_.expression));
}

TEST_F(ChangeTest, AnOffsetNeedsTheOrderOfTheAngles) {
  options_.pose_offset = PoseOffset{.yaw = 15.0, .pitch = 1.0, .roll = -2.0};
  EXPECT_EQ(column(changed().head_pose)[0], 15.0);
  order_ = {"-pitch", "roll", "yaw"};
  const torch::Tensor row = changed().head_pose[0];
  EXPECT_EQ(row[0].item<float>(), -1.0F);
  EXPECT_EQ(row[1].item<float>(), -2.0F);
  EXPECT_EQ(row[2].item<float>(), 15.0F);
  order_.clear();
  expect_error(ExitCode::usage, "--pose-offset: this bundle does not say", [&] { changed(); });
}

TEST_F(ChangeTest, AnOffsetBeyondHalfATurnComesAround) {
  driver_ = turning({170, 175});
  options_.pose_offset = PoseOffset{.yaw = 20.0};
  EXPECT_EQ(yaws(), (std::vector<double>{-170, -165}));
}

TEST_F(ChangeTest, SmoothingSteadiesThePoseMoreThanTheFace) {
  driver_ = turning({0, 10, 0, 10, 0, 10, 0, 10, 0, 10});
  options_.smooth_seconds = 0.3;
  const Changed steady = changed();
  const double pose = steady.head_pose.select(1, 0).std().item<double>() / 5.27;
  const double face = steady.expression.select(1, 0).std().item<double>() / 0.527;
  EXPECT_LT(pose, 0.3);
  EXPECT_GT(face, pose + 0.1);
}

}  // namespace
}  // namespace hyportrait::motion
