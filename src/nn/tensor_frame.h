// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <torch/types.h>

#include <span>

namespace hyportrait::nn {

// The only two conversions between frames and tensors.

/// Frames of one size -> [N,3,H,W] float32 in [0,1], on the CPU.
torch::Tensor to_tensor(std::span<const Frame> frames);
torch::Tensor to_tensor(const Frame& frame);  ///< [1,3,H,W]

/// [3,H,W] of any device and floating type -> frame without time stamps: clamped to [0,1], times
/// 255, truncated as the original does (inference.py:320, dataset/utils.py).
Frame to_frame(const torch::Tensor& image);

}  // namespace hyportrait::nn
