// SPDX-License-Identifier: Apache-2.0
#include "diffusion/denoise.h"

#include "nn/torch_error.h"
#include "support/expect_error.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace hyportrait::diffusion {
namespace {

DenoiseOptions options_of(int steps, double scale = 2.0) {
  nn::SamplerConfig sampler;
  sampler.steps = steps;
  return {.schedule = karras_schedule(sampler),
          .window = {.frames = 4, .overlap = 1, .shift = 3, .padding = 0},
          .guidance = {.appearance = {scale, scale}, .motion = {scale, scale}}};
}

DenoiseState start(std::int64_t frames, const DenoiseOptions& options, Batch batch = {}) {
  const torch::Tensor index = torch::arange(frames * 4 * 2 * 2, torch::kFloat);
  return {.latents =
              torch::sin(index * index).view({frames, 4, 2, 2}) * options.schedule.sigmas.front(),
          .batch = batch};
}

/// A network that knows the clean latents: constant 0.25.
torch::Tensor knowing_velocity(const VelocityRequest& request, const DenoiseOptions& options) {
  const int step = static_cast<int>(std::find(options.schedule.timesteps.begin(),
                                              options.schedule.timesteps.end(),
                                              request.timestep) -
                                    options.schedule.timesteps.begin());
  const double sigma = options.schedule.sigmas[step];
  const double scale = std::sqrt(sigma * sigma + 1.0);
  const torch::Tensor sample = request.latents.to(torch::kDouble) * scale;
  const torch::Tensor velocity = ((sample - 0.25) / sigma - sigma * 0.25) / scale;
  return velocity.to(torch::kFloat)
      .unsqueeze(0)
      .repeat({static_cast<std::int64_t>(request.branches.size()), 1, 1, 1, 1, 1});
}

/// Something without structure that mixes the frames of a window.
torch::Tensor mixing_velocity(const VelocityRequest& request) {
  std::vector<torch::Tensor> branches;
  for (const Branch& branch : request.branches) {
    branches.push_back(request.latents.roll(1, 1) * (branch.has_motion ? 0.5 : 0.3) +
                       request.timestep);
  }
  return torch::stack(branches);
}

const DenoiseProgress kQuiet = [](int, int, const DenoiseState&) {};

TEST(Denoise, FindsWhatAPerfectNetworkKnows) {
  for (const std::int64_t frames : {1, 3, 9, 14}) {
    const DenoiseOptions options = options_of(4);
    const torch::Tensor result = denoise(
        start(frames, options),
        options,
        [&](const VelocityRequest& request) { return knowing_velocity(request, options); },
        kQuiet);
    EXPECT_EQ(result.sizes(), (std::vector<std::int64_t>{frames, 4, 2, 2}));
    EXPECT_LT((result - 0.25).abs().max().item<float>(), 1e-4) << frames << " frames";
  }
}

TEST(Denoise, LatentsThatAreNotFiniteEndTheRunAndAreNeverSaved) {
  const DenoiseOptions options = options_of(4);
  int step = 0;
  const auto overflowing = [&](const VelocityRequest& request) {
    torch::Tensor velocity = knowing_velocity(request, options);
    if (request.timestep == options.schedule.timesteps[1]) {
      velocity.index_put_({0, 0, 0, 0, 0, 0}, std::numeric_limits<float>::infinity());
    }
    return velocity;
  };
  test::expect_error(ExitCode::device, {"not finite", "after step 2 of 4", "--dtype bf16"}, [&] {
    denoise(start(9, options), options, overflowing, [&](int, int, const DenoiseState& state) {
      step = std::max(step, state.step);
    });
  });
  EXPECT_EQ(step, 1);
}

TEST(Denoise, AsksOnlyForBranchesWithWeight) {
  std::size_t most = 0;
  const auto model = [&](const VelocityRequest& request) {
    most = std::max(most, request.branches.size());
    return mixing_velocity(request);
  };
  denoise(start(5, options_of(2, 1.0)), options_of(2, 1.0), model, kQuiet);
  EXPECT_EQ(most, 1U);
  denoise(start(5, options_of(2, 2.0)), options_of(2, 2.0), model, kQuiet);
  EXPECT_EQ(most, 2U);
}

TEST(Denoise, CountsTheBranchesItAsksFor) {
  DenoiseOptions options = options_of(4);
  options.guidance.until = 0.5;
  std::size_t branches = 0;
  denoise(
      start(9, options),
      options,
      [&](const VelocityRequest& request) {
        branches += request.branches.size() * request.windows.size();
        return mixing_velocity(request);
      },
      kQuiet);
  EXPECT_EQ(branches, 3U * (2 * 2 + 2 * 1));  // windows x (guided steps x 2 + later ones x 1)
  EXPECT_EQ(branch_steps(9, options), 18);
}

TEST(Denoise, LeavingBranchesOutEqualsThePlainForm) {
  DenoiseOptions options = options_of(4, 2.5);
  options.guidance.until = 0.5;  // steps 0 and 1 at a scale of 2.5, then 1
  const torch::Tensor latents = start(4, options).latents;
  const std::vector<Window> windows{{0, 1, 2, 3}};
  for (int step = 0; step < 4; ++step) {
    const double sigma = options.schedule.sigmas[step];
    const torch::Tensor sample = latents.unsqueeze(0);
    const VelocityRequest all{.latents = scale_model_input(sample, sigma),
                              .timestep = options.schedule.timesteps[step],
                              .windows = windows,
                              .branches = {{.has_reference = false, .has_motion = false},
                                           {.has_reference = true, .has_motion = false},
                                           {.has_reference = true, .has_motion = true}}};
    const torch::Tensor v = mixing_velocity(all);  // u, d, c
    const double g = step < 2 ? 2.5 : 1.0;
    const torch::Tensor guided = v[0] + g * (v[1] - v[0]) + g * (v[2] - v[1]);
    const torch::Tensor plain =
        euler_step(sample, guided, sigma, options.schedule.sigmas[step + 1]);
    const torch::Tensor actual = step_windows(latents, windows, step, options, mixing_velocity);
    EXPECT_TRUE(torch::allclose(actual, plain, 1e-6, 1e-6)) << step;
  }
}

TEST(Denoise, RequestsHaveTheShapesOfTheContract) {
  const DenoiseOptions options = options_of(1);
  std::vector<std::int64_t> batches;
  denoise(
      start(9, options, {.windows = 2}),
      options,
      [&](const VelocityRequest& request) {
        batches.push_back(request.latents.size(0));
        EXPECT_EQ(request.windows.size(), static_cast<std::size_t>(request.latents.size(0)));
        EXPECT_EQ(request.latents.size(1), 4);
        EXPECT_LT(request.latents.abs().max().item<float>(), 1.01F);  // scaled for the step
        return mixing_velocity(request);
      },
      kQuiet);
  EXPECT_EQ(batches, (std::vector<std::int64_t>{2, 1}));
}

TEST(Denoise, IsDeterministicWhateverTheWindowBatch) {
  const DenoiseOptions options = options_of(3);
  const torch::Tensor one = denoise(start(14, options), options, mixing_velocity, kQuiet);
  const torch::Tensor again = denoise(start(14, options), options, mixing_velocity, kQuiet);
  EXPECT_TRUE(torch::equal(one, again));
  for (const Batch batch : {Batch{3}, Batch{100}, Batch{1, true}, Batch{3, true}}) {
    const torch::Tensor batched =
        denoise(start(14, options, batch), options, mixing_velocity, kQuiet);
    EXPECT_TRUE(torch::allclose(one, batched, 1e-6, 1e-6)) << batch.windows;
  }
}

TEST(Denoise, AWindowOfTheClipsLengthIsNoWindowAtAll) {
  DenoiseOptions options = options_of(3);
  options.window = {.frames = 6, .overlap = 0, .shift = 0, .padding = 0};
  torch::Tensor expected = start(6, options).latents;
  const std::vector<Window> all{{0, 1, 2, 3, 4, 5}};
  for (int step = 0; step < 3; ++step) {
    expected = step_windows(expected, all, step, options, mixing_velocity)[0];
  }
  const torch::Tensor result = denoise(start(6, options), options, mixing_velocity, kQuiet);
  EXPECT_TRUE(torch::equal(result, expected));
}

TEST(Denoise, ReportsEveryWindowStep) {
  const DenoiseOptions options = options_of(2);
  std::vector<int> seen;
  denoise(
      start(9, options), options, mixing_velocity, [&](int done, int total, const DenoiseState&) {
        seen.push_back(done);
        EXPECT_EQ(total, window_steps(9, options));
      });
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

TEST(Denoise, StopsWhenProgressThrows) {
  const DenoiseOptions options = options_of(5);
  int calls = 0;
  const auto model = [&](const VelocityRequest& request) {
    ++calls;
    return mixing_velocity(request);
  };
  const auto stop = [](int done, int, const DenoiseState&) {
    if (done == 2) {
      throw std::runtime_error("stop");
    }
  };
  EXPECT_THROW(denoise(start(9, options), options, model, stop), std::runtime_error);
  EXPECT_EQ(calls, 2);
}

TEST(Denoise, GoesOnFromAnyStateToTheSameResultBitForBit) {
  const DenoiseOptions options = options_of(3);
  for (const int window_batch : {1, 2}) {
    std::vector<DenoiseState> states;
    const torch::Tensor whole = denoise(start(9, options, {.windows = window_batch}),
                                        options,
                                        mixing_velocity,
                                        [&](int done, int total, const DenoiseState& state) {
                                          EXPECT_EQ(done, window_steps_done(state, options));
                                          EXPECT_LE(done, total);
                                          states.push_back(state);
                                          states.back().latents = state.latents.clone();
                                          if (state.windows > 0) {
                                            states.back().sum = state.sum.clone();
                                          }
                                        });
    ASSERT_EQ(states.size(), window_batch == 1 ? 9U : 6U);
    for (const DenoiseState& state : states) {
      int calls = 0;
      const torch::Tensor resumed =
          denoise(state, options, mixing_velocity, [&](int, int, const DenoiseState&) { ++calls; });
      EXPECT_TRUE(torch::equal(whole, resumed)) << state.step << ", " << state.windows;
      EXPECT_EQ(calls, static_cast<int>(&states.back() - &state));
    }
  }
}

/// mixing_velocity where only so many windows times branches fit; counts what is asked for.
struct SmallDevice {
  std::size_t fits = 0;
  std::vector<std::pair<std::size_t, std::size_t>> calls{};  // windows, branches
  torch::Tensor operator()(const VelocityRequest& request) {
    calls.emplace_back(request.windows.size(), request.branches.size());
    if (request.windows.size() * request.branches.size() > fits) {
      throw nn::OutOfMemory("stub: not enough memory");
    }
    return mixing_velocity(request);
  }
};

TEST(Denoise, HalvesTheBatchWhenMemoryRunsOutAndFinishes) {
  const DenoiseOptions options = options_of(2);
  const torch::Tensor roomy = denoise(start(14, options), options, mixing_velocity, kQuiet);
  // 5 windows a step, 2 branches. What is tried first, and what goes through from then on.
  const std::vector<std::pair<std::size_t, Batch>> cases{
      {10, {5}}, {4, {2}}, {3, {1}}, {2, {1}}, {1, {1, true}}};
  for (const auto& [fits, settled] : cases) {
    SmallDevice device{.fits = fits};
    Batch last{};
    const torch::Tensor result =
        denoise(start(14, options, {.windows = 8}),
                options,
                std::ref(device),
                [&](int, int, const DenoiseState& state) { last = state.batch; });
    EXPECT_TRUE(torch::allclose(roomy, result, 1e-6, 1e-6)) << fits;
    EXPECT_EQ(device.calls.front(), (std::pair<std::size_t, std::size_t>{5, 2}));
    EXPECT_EQ(last, fits == 10 ? Batch{8} : settled) << fits;
    const auto failed = std::ranges::count_if(
        device.calls, [&](const auto& call) { return call.first * call.second > fits; });
    EXPECT_EQ(failed, fits == 10 ? 0 : fits == 4 ? 1 : fits == 1 ? 3 : 2) << fits;
  }
}

TEST(Denoise, EndsWhenNotEvenOneBranchFits) {
  const DenoiseOptions options = options_of(2);
  SmallDevice device{.fits = 0};
  EXPECT_THROW(denoise(start(9, options), options, std::ref(device), kQuiet), nn::OutOfMemory);
  EXPECT_EQ(device.calls.back(), (std::pair<std::size_t, std::size_t>{1, 1}));
}

TEST(Denoise, TakesHalfPrecisionVelocities) {
  const DenoiseOptions options = options_of(2);
  const torch::Tensor result = denoise(
      start(5, options),
      options,
      [](const VelocityRequest& request) { return mixing_velocity(request).to(torch::kHalf); },
      kQuiet);
  EXPECT_EQ(result.scalar_type(), torch::kFloat);
}

}  // namespace
}  // namespace hyportrait::diffusion
