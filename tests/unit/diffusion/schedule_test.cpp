// SPDX-License-Identifier: Apache-2.0
#include "diffusion/schedule.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

namespace hyportrait::diffusion {
namespace {

Schedule schedule_of(int steps) {
  nn::SamplerConfig config;
  config.steps = steps;
  return karras_schedule(config);
}

TEST(Schedule, GoesFromSigmaMaxToSigmaMinToZero) {
  const Schedule schedule = schedule_of(3);
  ASSERT_EQ(schedule.steps(), 3);
  ASSERT_EQ(schedule.sigmas.size(), 4U);
  EXPECT_NEAR(schedule.sigmas[0], 700.0, 1e-4);
  // ((700^(1/7) + 0.002^(1/7)) / 2)^7
  EXPECT_NEAR(schedule.sigmas[1], 15.58997, 1e-4);
  EXPECT_NEAR(schedule.sigmas[2], 0.002, 1e-9);
  EXPECT_EQ(schedule.sigmas[3], 0.0);
  EXPECT_NEAR(schedule.timesteps[0], 0.25 * std::log(700.0), 1e-6);
  EXPECT_NEAR(schedule.timesteps[2], 0.25 * std::log(0.002), 1e-6);
}

TEST(Schedule, OneStepGoesStraightToZero) {
  const Schedule schedule = schedule_of(1);
  ASSERT_EQ(schedule.sigmas.size(), 2U);
  EXPECT_NEAR(schedule.sigmas[0], 700.0, 1e-4);
  EXPECT_EQ(schedule.sigmas[1], 0.0);
}

TEST(Schedule, ScaledInputHasUnitVariance) {
  const torch::Tensor scaled = scale_model_input(torch::tensor({5.0F}), 2.0);
  EXPECT_NEAR(scaled.item<float>(), 5.0 / std::sqrt(5.0), 1e-6);
}

TEST(Schedule, StepAlongTheTrueVelocityStaysOnTheLine) {
  const double clean = 0.3;
  const double noise = -1.2;
  const double sigma = 2.0;
  const double next = 0.5;
  const double velocity = (noise - sigma * clean) / std::sqrt(sigma * sigma + 1.0);
  const torch::Tensor latents = add_noise(torch::tensor({clean}), torch::tensor({noise}), sigma);
  const torch::Tensor stepped = euler_step(latents, torch::tensor({velocity}), sigma, next);
  EXPECT_NEAR(stepped.item<double>(), clean + next * noise, 1e-6);
}

TEST(Schedule, StepToZeroIsTheCleanEstimate) {
  // x0 = x / (sigma^2 + 1) - v sigma / sqrt(sigma^2 + 1), by hand for x = 10, v = 2, sigma = 3.
  const torch::Tensor stepped = euler_step(torch::tensor({10.0}), torch::tensor({2.0}), 3.0, 0.0);
  EXPECT_NEAR(stepped.item<double>(), 1.0 - 6.0 / std::sqrt(10.0), 1e-6);
}

}  // namespace
}  // namespace hyportrait::diffusion
