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

torch::Tensor denoise(torch::Tensor latents,
                      const DenoiseOptions& options,
                      const VelocityModel& model,
                      const DenoiseProgress& progress) {
  const int total = window_steps(latents.size(0), options);
  int done = 0;
  for (int step = 0; step < options.schedule.steps(); ++step) {
    const auto all = windows_of_step(latents.size(0), options.window, step);
    WindowMean mean(latents);
    for (std::span<const Window> rest = all; !rest.empty();) {
      const auto batch = rest.first(std::min<std::size_t>(rest.size(), options.window_batch));
      rest = rest.subspan(batch.size());
      const torch::Tensor stepped = step_windows(latents, batch, step, options, model);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        mean.add(batch[i], stepped[static_cast<std::int64_t>(i)]);
      }
      done += static_cast<int>(batch.size());
      progress(done, total);
    }
    latents = mean.mean();
  }
  return latents;
}

int window_steps(std::int64_t frames, const DenoiseOptions& options) {
  return options.schedule.steps() *
         static_cast<int>(windows_of_step(frames, options.window, 0).size());
}

}  // namespace hyportrait::diffusion
