// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/guidance.h"
#include "diffusion/schedule.h"
#include "diffusion/windows.h"

#include <torch/types.h>

#include <functional>
#include <span>
#include <vector>

namespace hyportrait::diffusion {

struct DenoiseOptions {
  Schedule schedule;
  nn::WindowConfig window;
  nn::GuidanceConfig guidance;
  int window_batch = 1;  ///< windows that go through the network together
};

/// What the network is asked for: the velocity of W windows in B branches.
struct VelocityRequest {
  torch::Tensor latents;  // [W,F,4,h,w] float32, scaled for the step
  double timestep = 0.0;
  std::span<const Window> windows;  // W windows of F frames
  std::vector<Branch> branches{};   // B
};
using VelocityModel = std::function<torch::Tensor(const VelocityRequest&)>;  // -> [B,W,F,4,h,w]

/// Called after each window batch with the window-steps done and in all. Throw from it to stop.
using DenoiseProgress = std::function<void(int done, int total)>;

/// `windows` after one step: [W,F,4,h,w]. `latents`: [P,4,h,w], all frames.
torch::Tensor step_windows(const torch::Tensor& latents,
                           std::span<const Window> windows,
                           int step,
                           const DenoiseOptions& options,
                           const VelocityModel& model);

/// All steps: latents [P,4,h,w] float32 at the first noise level -> clean latents on the same
/// device. The Euler-stepped windows of a step are averaged, not their velocities.
torch::Tensor denoise(torch::Tensor latents,
                      const DenoiseOptions& options,
                      const VelocityModel& model,
                      const DenoiseProgress& progress);

/// Window-steps of a whole run: what `progress` counts to.
int window_steps(std::int64_t frames, const DenoiseOptions& options);

}  // namespace hyportrait::diffusion
