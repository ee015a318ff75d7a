// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/manifest.h"

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <filesystem>

namespace hyportrait::diffusion {

/// P (frames with the padding before and after), channels, h, w.
using LatentShape = std::array<std::int64_t, 4>;

/// [P,4,h,w] of a clip of `frames` frames; P counts the padding too.
LatentShape latent_shape(std::int64_t frames, const nn::BundleConfig& config);

/// Where a clip's denoise begins: the portrait's `latent` [1,4,h,w] in each frame, with `noise`
/// [P,4,h,w] at the first noise level. [P,4,h,w] float32 on the portrait's device.
torch::Tensor initial_latents(const torch::Tensor& latent,
                              const torch::Tensor& noise,
                              const nn::BundleConfig& config);

/// Unit-variance noise [P,4,h,w], float32 on the CPU, from torch's CPU generator: the same on every
/// device. `shared`: one frame's noise for all frames.
torch::Tensor make_noise(std::uint64_t seed, nn::NoiseKind kind, const LatentShape& shape);

/// How many frames P the noise of a file has. Throws Error(input) unless it is one array.
std::int64_t noise_frames(const std::filesystem::path& path);

/// Noise from a .safetensors file with one float32 array of this shape. Throws Error(input) with
/// the shape expected and found.
torch::Tensor read_noise(const std::filesystem::path& path, const LatentShape& shape);

}  // namespace hyportrait::diffusion
