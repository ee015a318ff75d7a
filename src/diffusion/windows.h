// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/manifest.h"

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace hyportrait::diffusion {

/// The frames of one window, in order, as indices into the padded clip. A clip shorter than a
/// window is gone through more than once.
using Window = std::vector<std::int64_t>;

/// The windows of step `step` over a ring of `frames` frames: one every (frames of a window -
/// overlap), their origin moved back by shift * step modulo the window (hunyuan_svd_pipeline.py,
/// denoising loop).
std::vector<Window> windows_of_step(std::int64_t frames, const nn::WindowConfig& config, int step);

/// The mean, frame by frame, of windows that overlap.
class WindowMean final {
 public:
  /// `like`: [P,4,h,w], for the shape and device.
  explicit WindowMean(const torch::Tensor& like);
  void add(const Window& window, const torch::Tensor& latents);  ///< latents: [F,4,h,w]
  /// [P,4,h,w]. Every frame must have been in a window. To be called once.
  torch::Tensor mean();

  /// What was added so far, [P,4,h,w] float32; shares memory with this.
  [[nodiscard]] const torch::Tensor& sum() const { return sum_; }
  /// Goes on from an earlier sum() of these windows; to be called before the first add().
  void restore(std::span<const Window> windows, const torch::Tensor& sum);

 private:
  void count(const Window& window);

  torch::Tensor sum_;    // [P,4,h,w] float32
  torch::Tensor count_;  // [P,1,1,1] float32
};

}  // namespace hyportrait::diffusion
