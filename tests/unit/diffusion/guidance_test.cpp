// SPDX-License-Identifier: Apache-2.0
#include "diffusion/guidance.h"

#include <gtest/gtest.h>

namespace hyportrait::diffusion {
namespace {

constexpr Branch kNone{.has_reference = false, .has_motion = false};
constexpr Branch kReference{.has_reference = true, .has_motion = false};
constexpr Branch kBoth{.has_reference = true, .has_motion = true};

using Branches = std::vector<WeightedBranch>;

TEST(Guidance, EqualScalesDropTheMiddleBranch) {
  EXPECT_EQ(guidance_branches(2.0, 2.0), (Branches{{kNone, -1.0}, {kBoth, 2.0}}));
}

TEST(Guidance, ScalesOfOneNeedOneBranch) {
  EXPECT_EQ(guidance_branches(1.0, 1.0), (Branches{{kBoth, 1.0}}));
}

TEST(Guidance, NoMotionGuidanceDropsTheFullBranch) {
  EXPECT_EQ(guidance_branches(3.0, 0.0), (Branches{{kNone, -2.0}, {kReference, 3.0}}));
}

TEST(Guidance, DifferentScalesNeedAllBranches) {
  EXPECT_EQ(guidance_branches(3.0, 2.5),
            (Branches{{kNone, -2.0}, {kReference, 0.5}, {kBoth, 2.5}}));
}

TEST(Guidance, ScaleIsAStraightLineOverTheSteps) {
  const nn::GuidanceRange range{1.0, 3.0};
  EXPECT_EQ(guidance_scale(range, 0, 5), 1.0);
  EXPECT_EQ(guidance_scale(range, 2, 5), 2.0);
  EXPECT_EQ(guidance_scale(range, 4, 5), 3.0);
  EXPECT_EQ(guidance_scale(range, 0, 1), 1.0);
}

TEST(Guidance, EachStepHasItsOwnBranches) {
  const nn::GuidanceConfig config{.appearance = {1.0, 3.0}, .motion = {1.0, 3.0}};
  EXPECT_EQ(guidance_branches(config, 0, 3), (Branches{{kBoth, 1.0}}));
  EXPECT_EQ(guidance_branches(config, 2, 3), (Branches{{kNone, -2.0}, {kBoth, 3.0}}));
}

TEST(Guidance, LaterStepsAreUnguidedAndNeedOneBranch) {
  const nn::GuidanceConfig config{.appearance = {2.0, 2.0}, .motion = {2.0, 2.0}, .until = 0.5};
  EXPECT_EQ(guidance_branches(config, 1, 4), (Branches{{kNone, -1.0}, {kBoth, 2.0}}));
  EXPECT_EQ(guidance_branches(config, 2, 4), (Branches{{kBoth, 1.0}}));
}

TEST(Guidance, LaterStepsKeepAMotionThatIsTurnedOff) {
  const nn::GuidanceConfig config{.appearance = {3.0, 3.0}, .motion = {0.0, 0.0}, .until = 0.0};
  EXPECT_EQ(guidance_branches(config, 0, 4), (Branches{{kReference, 1.0}}));
}

TEST(Guidance, TheGuidedShareIsRoundedUp) {
  const auto guided = [](double until, int steps) {
    return guided_steps({.appearance = {}, .motion = {}, .until = until}, steps);
  };
  EXPECT_EQ(guided(1.0, 25), 25);
  EXPECT_EQ(guided(0.0, 25), 0);
  EXPECT_EQ(guided(0.5, 5), 3);
  EXPECT_EQ(guided(0.6, 5), 3);  // 0.6 * 5 is above 3 in floating point
  EXPECT_EQ(guided(1.0 / 3, 3), 1);
}

}  // namespace
}  // namespace hyportrait::diffusion
