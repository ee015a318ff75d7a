// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "diffusion/guidance.h"
#include "diffusion/schedule.h"
#include "diffusion/windows.h"

#include <torch/types.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hyportrait::diffusion {

struct DenoiseOptions {
  Schedule schedule;
  nn::WindowConfig window;
  nn::GuidanceConfig guidance;
};

/// Those of a configuration.
DenoiseOptions denoise_options(const nn::BundleConfig& config);

using Batch = BatchShape;

/// "3 windows at a time", "one branch of a window at a time".
std::string batch_text(const Batch& batch);

/// The next smaller batch: half the windows, then the branches of one window apart; nothing below.
std::optional<Batch> halved(const Batch& batch);

/// What the network is asked for: the velocity of W windows in B branches.
struct VelocityRequest {
  torch::Tensor latents;  // [W,F,4,h,w] float32, scaled for the step
  double timestep = 0.0;
  std::span<const Window> windows;  // W windows of F frames
  std::vector<Branch> branches{};   // B
};
/// -> [B,W,F,4,h,w]. Throws nn::OutOfMemory when the request is too large.
using VelocityModel = std::function<torch::Tensor(const VelocityRequest&)>;

/// Where a run stands between two window batches: all that is needed to go on to the same result,
/// bit for bit, on the same device.
struct DenoiseState {
  torch::Tensor latents;  // [P,4,h,w] float32, at the start of `step`
  int step = 0;           ///< that is being worked on; the number of steps when all are done
  int windows = 0;        ///< of that step, done
  torch::Tensor sum{};  // [P,4,h,w] float32: those windows added up; undefined while there are none
  Batch batch{};        ///< of the next calls; it shrinks when memory runs out
};

/// Called after each window batch with the window-steps done, those in all, and where the run
/// stands. The state's tensors change after the call. Throw from it to stop.
using DenoiseProgress = std::function<void(int done, int total, const DenoiseState& state)>;

/// `windows` after one step: [W,F,4,h,w]. `latents`: [P,4,h,w], all frames.
torch::Tensor step_windows(const torch::Tensor& latents,
                           std::span<const Window> windows,
                           int step,
                           const DenoiseOptions& options,
                           const VelocityModel& model);

/// The steps from `state` on: latents [P,4,h,w] float32 (at the first noise level for step 0) ->
/// clean latents on the same device. The Euler-stepped windows of a step are averaged, not their
/// velocities. When memory runs out the batch is halved and the run goes on; nn::OutOfMemory of the
/// smallest batch goes through. Throws Error(device) after a step whose latents are not finite.
torch::Tensor denoise(DenoiseState state,
                      const DenoiseOptions& options,
                      const VelocityModel& model,
                      const DenoiseProgress& progress);

/// Window-steps of a whole run: what `progress` counts to.
int window_steps(std::int64_t frames, const DenoiseOptions& options);

/// Branches of all window-steps together: what the network computes.
std::int64_t branch_steps(std::int64_t frames, const DenoiseOptions& options);

/// Window-steps that are done when a run stands there.
int window_steps_done(const DenoiseState& state, const DenoiseOptions& options);

}  // namespace hyportrait::diffusion
