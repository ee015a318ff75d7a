// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "conditions/appearance.h"
#include "diffusion/denoise.h"
#include "nn/bundle.h"
#include "pipeline/motion.h"
#include "pipeline/reporter.h"

#include <torch/types.h>

#include <cstdint>
#include <filesystem>

namespace hyportrait::pipeline {

struct SampleOptions {
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  nn::BundleConfig config;
  std::uint64_t seed = 0;
  std::filesystem::path noise;  ///< empty: from the seed
};

/// The sampler's options of a configuration.
diffusion::DenoiseOptions denoise_options(const nn::BundleConfig& config);

/// Denoises the whole clip: latents [P,4,h,w] float32, still multiplied by the latent scale; P
/// counts the padding too.
torch::Tensor sample(const nn::Bundle& bundle,
                     const SampleOptions& options,
                     const conditions::Reference& reference,
                     DrivingMotion& motion,
                     const RunHooks& hooks);

}  // namespace hyportrait::pipeline
