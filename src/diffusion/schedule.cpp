// SPDX-License-Identifier: Apache-2.0
#include "diffusion/schedule.h"

#include <torch/types.h>

#include <cmath>

namespace hyportrait::diffusion {
namespace {

double as_float32(double value) {
  return static_cast<double>(static_cast<float>(value));
}

}  // namespace

Schedule karras_schedule(const nn::SamplerConfig& config) {
  const double largest = std::pow(config.sigma_max, 1.0 / config.rho);
  const double smallest = std::pow(config.sigma_min, 1.0 / config.rho);
  Schedule schedule;
  for (int step = 0; step < config.steps; ++step) {
    const double along = config.steps == 1 ? 0.0 : static_cast<double>(step) / (config.steps - 1);
    const double sigma = std::pow(largest + along * (smallest - largest), config.rho);
    schedule.sigmas.push_back(as_float32(sigma));
    schedule.timesteps.push_back(as_float32(0.25 * std::log(schedule.sigmas.back())));
  }
  schedule.sigmas.push_back(0.0);
  return schedule;
}

torch::Tensor scale_model_input(const torch::Tensor& latents, double sigma) {
  return latents / std::sqrt(sigma * sigma + 1.0);
}

// With c = 1 / (sigma^2 + 1) the clean estimate is x0 = c x - sigma sqrt(c) v, and the derivative
// (x - x0) / sigma = sigma c x + sqrt(c) v. The two factors are computed in double: near sigma_max
// they are differences of almost equal numbers.
torch::Tensor euler_step(const torch::Tensor& latents,
                         const torch::Tensor& velocity,
                         double sigma,
                         double sigma_next) {
  const double c = 1.0 / (sigma * sigma + 1.0);
  const double step = sigma_next - sigma;
  return latents * (1.0 + step * sigma * c) + velocity * (step * std::sqrt(c));
}

torch::Tensor add_noise(const torch::Tensor& latent, const torch::Tensor& noise, double sigma) {
  return latent + noise * sigma;
}

}  // namespace hyportrait::diffusion
