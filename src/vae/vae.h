// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "nn/device.h"
#include "nn/manifest.h"
#include "nn/module.h"

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace hyportrait::vae {

struct DecodeOptions {
  double latent_scale = 0.18215;  ///< latents are divided by it first
  int chunk = 8;  ///< frames decoded together; the decoder mixes frames inside a chunk only
  std::int64_t first = 0;  ///< first frame to keep: the padding before the clip
  std::int64_t count = 0;  ///< frames to keep
};

/// Decodes latents [P,4,h,w] chunk by chunk and hands over the kept frames as [n,3,H,W], in [0,1]
/// before clamping, on the decoder's device. Chunk borders count from the first padding frame, as
/// the original's (decode_latents); chunks that hold only padding are not computed. Throws
/// Error(device) naming the first frame that is not finite.
void decode_chunks(const nn::Module& vae_decoder,
                   const torch::Tensor& latents,
                   const DecodeOptions& options,
                   const std::function<void(const torch::Tensor&)>& sink);

/// The same, as frames without time stamps, one at a time.
void decode(const nn::Module& vae_decoder,
            const torch::Tensor& latents,
            const DecodeOptions& options,
            const std::function<void(Frame&&)>& sink);

struct DecodeSize {
  std::int64_t frames = 0;  ///< decoded together
  std::int64_t side = 0;    ///< px of the square
};

/// Bytes that decoding takes beside the weights, at most, by the decoder that the manifest's
/// section `vae` describes, which is that of hyportrait.export.networks.vae: what
/// scripts/cost/count_memory.py counts.
std::uint64_t decode_bytes(const nn::VaeSizes& vae,
                           const DecodeSize& size,
                           nn::Precision precision);

/// A picture's latent [1,4,h,w] float32: the mean of the VAE's posterior, not scaled.
/// `picture`: a square of image_size px. Throws as nn::Module does.
torch::Tensor encode(const nn::Module& vae_encoder, const Frame& picture);

}  // namespace hyportrait::vae
