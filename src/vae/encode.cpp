// SPDX-License-Identifier: Apache-2.0
#include "vae/encode.h"

#include "nn/tensor_frame.h"

namespace hyportrait::vae {

torch::Tensor encode(const nn::Module& vae_encoder, const Frame& picture) {
  return vae_encoder({nn::to_tensor(picture)});
}

}  // namespace hyportrait::vae
