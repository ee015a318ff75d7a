// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "nn/module.h"

#include <torch/types.h>

namespace hyportrait::vae {

/// A picture's latent [1,4,h,w] float32: the mean of the VAE's posterior, not scaled.
/// `picture`: a square of image_size px. Throws as nn::Module does.
torch::Tensor encode(const nn::Module& vae_encoder, const Frame& picture);

}  // namespace hyportrait::vae
