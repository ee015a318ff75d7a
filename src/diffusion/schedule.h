// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/manifest.h"

#include <torch/types.h>

#include <vector>

namespace hyportrait::diffusion {

/// Noise levels of a run, from the most noise to none.
struct Schedule {
  std::vector<double> sigmas;     ///< steps + 1 values, the last is 0
  std::vector<double> timesteps;  ///< steps values, 0.25 ln(sigma): what the network is told
  [[nodiscard]] int steps() const { return static_cast<int>(timesteps.size()); }
};

/// Karras et al. 2022 (arXiv 2206.00364), equation 5, with the time steps of Stable Video
/// Diffusion. Values are rounded to float32, as diffusers keeps them.
Schedule karras_schedule(const nn::SamplerConfig& config);

/// The network's input: latents / sqrt(sigma^2 + 1).
torch::Tensor scale_model_input(const torch::Tensor& latents, double sigma);

/// One Euler step from `sigma` to `sigma_next` along the network's velocity (v-prediction, arXiv
/// 2202.00512: x0 = x / (sigma^2 + 1) - v sigma / sqrt(sigma^2 + 1)). Same shapes, float32.
torch::Tensor euler_step(const torch::Tensor& latents,
                         const torch::Tensor& velocity,
                         double sigma,
                         double sigma_next);

/// latent + sigma * noise; shapes broadcast ([1,4,h,w] and [P,4,h,w]).
torch::Tensor add_noise(const torch::Tensor& latent, const torch::Tensor& noise, double sigma);

}  // namespace hyportrait::diffusion
