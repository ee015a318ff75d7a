// SPDX-License-Identifier: Apache-2.0
#include "diffusion/denoise.h"

#include <torch/torch.h>

#include <algorithm>

namespace hyportrait::diffusion {
namespace {

/// The frames of some windows: [P,4,h,w] -> [W,F,4,h,w].
torch::Tensor gather(const torch::Tensor& latents, std::span<const Window> windows) {
  std::vector<torch::Tensor> parts;
  for (const Window& window : windows) {
    parts.push_back(
        latents.index_select(0, torch::tensor(window, torch::kLong).to(latents.device())));
  }
  return torch::stack(parts);
}

}  // namespace

torch::Tensor step_windows(const torch::Tensor& latents,
                           std::span<const Window> windows,
                           int step,
                           const DenoiseOptions& options,
                           const VelocityModel& model) {
  const double sigma = options.schedule.sigmas.at(step);
  const auto branches = guidance_branches(options.guidance, step, options.schedule.steps());
  const torch::Tensor samples = gather(latents, windows);
  VelocityRequest request{.latents = scale_model_input(samples, sigma),
                          .timestep = options.schedule.timesteps.at(step),
                          .windows = windows};
  for (const WeightedBranch& branch : branches) {
    request.branches.push_back(branch.branch);
  }
  const torch::Tensor velocities = model(request);  // [B,W,F,4,h,w]
  torch::Tensor velocity = torch::zeros_like(samples);
  for (std::size_t i = 0; i < branches.size(); ++i) {
    velocity += velocities[static_cast<std::int64_t>(i)].to(torch::kFloat) * branches[i].weight;
  }
  return euler_step(samples, velocity, sigma, options.schedule.sigmas.at(step + 1));
}

torch::Tensor denoise(DenoiseState state,
                      const DenoiseOptions& options,
                      const VelocityModel& model,
                      const DenoiseProgress& progress) {
  const std::int64_t frames = state.latents.size(0);
  const int total = window_steps(frames, options);
  while (state.step < options.schedule.steps()) {
    const auto all = windows_of_step(frames, options.window, state.step);
    const std::span<const Window> windows = all;
    const auto count = static_cast<int>(all.size());
    WindowMean mean(state.latents);
    if (state.windows > 0) {
      mean.restore(windows.first(state.windows), state.sum);
    }
    while (state.windows < count) {
      const auto batch =
          windows.subspan(state.windows, std::min(count - state.windows, options.window_batch));
      const torch::Tensor stepped = step_windows(state.latents, batch, state.step, options, model);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        mean.add(batch[i], stepped[static_cast<std::int64_t>(i)]);
      }
      state.windows += static_cast<int>(batch.size());
      state.sum = mean.sum();
      if (state.windows < count) {
        progress(window_steps_done(state, options), total, state);
      }
    }
    state = {.latents = mean.mean(), .step = state.step + 1};
    progress(window_steps_done(state, options), total, state);
  }
  return state.latents;
}

int window_steps(std::int64_t frames, const DenoiseOptions& options) {
  return options.schedule.steps() *
         static_cast<int>(windows_of_step(frames, options.window, 0).size());
}

std::int64_t branch_steps(std::int64_t frames, const DenoiseOptions& options) {
  const int steps = options.schedule.steps();
  std::size_t branches = 0;
  for (int step = 0; step < steps; ++step) {
    branches += guidance_branches(options.guidance, step, steps).size();
  }
  return static_cast<std::int64_t>(branches * windows_of_step(frames, options.window, 0).size());
}

int window_steps_done(const DenoiseState& state, const DenoiseOptions& options) {
  const auto windows = windows_of_step(state.latents.size(0), options.window, 0).size();
  return state.step * static_cast<int>(windows) + state.windows;
}

}  // namespace hyportrait::diffusion
