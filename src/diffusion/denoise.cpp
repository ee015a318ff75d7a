// SPDX-License-Identifier: Apache-2.0
#include "diffusion/denoise.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "nn/torch_error.h"

#include <torch/types.h>

#include <algorithm>
#include <exception>

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

/// The same model, asked for one branch at a time.
VelocityModel branch_by_branch(const VelocityModel& model) {
  return [&model](const VelocityRequest& request) {
    std::vector<torch::Tensor> velocities;
    for (const Branch& branch : request.branches) {
      VelocityRequest one = request;
      one.branches = {branch};
      velocities.push_back(model(one));
    }
    return torch::cat(velocities);
  };
}

/// Latents that are not finite stay so, and the decoder would make pictures of them.
void check_finite(const torch::Tensor& latents, int step, int steps) {
  if (!torch::isfinite(latents).all().item<bool>()) {
    throw Error(ExitCode::device,
                "denoise: the latents are not finite (NaN or infinite) after step " +
                    std::to_string(step) + " of " + std::to_string(steps) +
                    "; numbers too large for fp16 do this: pass --dtype bf16 or fp32, and where it "
                    "was one of these run hyportrait bundle verify");
  }
}

struct SteppedWindows {
  std::span<const Window> windows;
  torch::Tensor latents;  // [W,F,4,h,w]
};

/// step_windows, with torch's own errors of memory as nn::OutOfMemory: the network's are already.
torch::Tensor try_windows(const torch::Tensor& latents,
                          std::span<const Window> windows,
                          int step,
                          const DenoiseOptions& options,
                          const VelocityModel& model) {
  try {
    return step_windows(latents, windows, step, options, model);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    nn::throw_if_device_failed(error, "denoise");
    throw;
  }
}

/// The next of a step's `windows`, as many as memory lets through: state.batch is halved until
/// then.
SteppedWindows step_next(DenoiseState& state,
                         std::span<const Window> windows,
                         const DenoiseOptions& options,
                         const VelocityModel& model) {
  const auto left = windows.subspan(state.windows);
  for (;;) {
    const auto next = left.first(std::min<std::size_t>(left.size(), state.batch.windows));
    try {
      const VelocityModel& asked = state.batch.branches_apart ? branch_by_branch(model) : model;
      return {next, try_windows(state.latents, next, state.step, options, asked)};
    } catch (const nn::OutOfMemory& error) {
      const Batch tried{static_cast<int>(next.size()), state.batch.branches_apart};
      const std::optional<Batch> smaller = halved(tried);
      if (!smaller) {
        throw;
      }
      logger().warn(
          "not enough memory for {}: going on with {}", batch_text(tried), batch_text(*smaller));
      logger().debug("{}", error.what());
      state.batch = *smaller;
    }
  }
}

}  // namespace

std::string batch_text(const Batch& batch) {
  return batch.branches_apart ? "one branch of a window at a time"
         : batch.windows == 1 ? "one window at a time"
                              : std::to_string(batch.windows) + " windows at a time";
}

std::optional<Batch> halved(const Batch& batch) {
  if (batch.windows > 1) {
    return Batch{batch.windows / 2, batch.branches_apart};
  }
  return batch.branches_apart ? std::nullopt : std::optional(Batch{1, true});
}

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
      const SteppedWindows stepped = step_next(state, windows, options, model);
      for (std::size_t i = 0; i < stepped.windows.size(); ++i) {
        mean.add(stepped.windows[i], stepped.latents[static_cast<std::int64_t>(i)]);
      }
      state.windows += static_cast<int>(stepped.windows.size());
      state.sum = mean.sum();
      if (state.windows < count) {
        progress(window_steps_done(state, options), total, state);
      }
    }
    state = {.latents = mean.mean(), .step = state.step + 1, .batch = state.batch};
    check_finite(state.latents, state.step, options.schedule.steps());
    progress(window_steps_done(state, options), total, state);
  }
  return state.latents;
}

DenoiseOptions denoise_options(const nn::BundleConfig& config) {
  return {.schedule = karras_schedule(config.sampler),
          .window = config.window,
          .guidance = config.guidance};
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
