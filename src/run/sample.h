// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "conditions/appearance.h"
#include "diffusion/denoise.h"
#include "diffusion/noise.h"
#include "nn/bundle.h"
#include "run/encode.h"
#include "run/reporter.h"

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace hyportrait::run {

struct SampleOptions {
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  nn::BundleConfig config;
  std::uint64_t seed = 0;
  std::filesystem::path noise;  ///< empty: from the seed
  EngineKind engine = EngineKind::torchscript;
  diffusion::Batch batch{};  ///< of a new run; one that resumes has its state's
};

struct SampleInputs {
  const conditions::Reference& reference;
  const Movement& movement;
};

/// [P,4,h,w]; P counts the padding too.
diffusion::LatentShape latent_shape(const SampleInputs& inputs, const nn::BundleConfig& config);

struct SampleHooks {
  RunHooks run{};
  std::optional<diffusion::DenoiseState> start{};  ///< where an earlier run of the same job stood
  /// Called after each window batch, before the run may be cancelled there.
  std::function<void(const diffusion::DenoiseState&)> at_state{};
};

/// Denoises the whole clip: latents [P,4,h,w] float32, still multiplied by the latent scale.
torch::Tensor sample(const nn::Bundle& bundle,
                     const SampleOptions& options,
                     const SampleInputs& inputs,
                     const SampleHooks& hooks);

}  // namespace hyportrait::run
