// SPDX-License-Identifier: Apache-2.0
#include "diffusion/windows.h"

#include <torch/types.h>

namespace hyportrait::diffusion {

std::vector<Window> windows_of_step(std::int64_t frames, const nn::WindowConfig& config, int step) {
  const std::int64_t origin = static_cast<std::int64_t>(config.shift) * step % config.frames;
  std::vector<Window> windows;
  for (std::int64_t start = 0; start < frames; start += config.frames - config.overlap) {
    Window& window = windows.emplace_back();
    for (std::int64_t frame = start - origin; frame < start - origin + config.frames; ++frame) {
      window.push_back((frame % frames + frames) % frames);
    }
  }
  return windows;
}

WindowMean::WindowMean(const torch::Tensor& like)
    : sum_(torch::zeros(like.sizes(), like.options().dtype(torch::kFloat))),
      count_(torch::zeros({like.size(0), 1, 1, 1}, sum_.options())) {}

void WindowMean::add(const Window& window, const torch::Tensor& latents) {
  const torch::Tensor index = torch::tensor(window, torch::kLong).to(sum_.device());
  sum_.index_add_(0, index, latents);
  count(window);
}

void WindowMean::count(const Window& window) {
  const torch::Tensor index = torch::tensor(window, torch::kLong).to(count_.device());
  count_.index_add_(0, index, torch::ones({index.size(0), 1, 1, 1}, count_.options()));
}

void WindowMean::restore(std::span<const Window> windows, const torch::Tensor& sum) {
  for (const Window& window : windows) {
    count(window);
  }
  sum_.copy_(sum);
}

torch::Tensor WindowMean::mean() {
  return sum_.div_(count_);
}

}  // namespace hyportrait::diffusion
