// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "nn/bundle.h"

#include <torch/types.h>

#include <vector>

namespace hyportrait::conditions {

/// What the portrait contributes to every frame.
struct Reference {
  torch::Tensor latent;  // [1,4,h,w] float32, mean of the VAE's posterior, not scaled
  torch::Tensor tokens;  // [1,T,C] appearance tokens, in the module's precision
};

/// Where the identity vector comes from: `vector` when it is given, else the network's answer for
/// `aligned_face`, else (no face found) zeros.
struct IdentitySource {
  std::vector<float> aligned_face;  ///< 112 x 112 x 3, RGB in [0,1], rows of interleaved pixels
  std::vector<float> vector{};      ///< 512 numbers, divided by their length here
};

struct AppearanceModules {
  nn::Module identity;     ///< fp32, as the original's ONNX session
  nn::Module appearance;   ///< in the job's precision
  nn::Module vae_encoder;  ///< fp32 (force_upcast of the original's VAE)
};
AppearanceModules load_appearance(const nn::Bundle& bundle,
                                  nn::Device device,
                                  nn::Precision precision);

/// The appearance module's image of a portrait crop: [1,3,224,224], bilinear with antialiasing, in
/// float.
torch::Tensor appearance_image(const Frame& crop);

/// `vector` [1,512] divided by its length.
torch::Tensor unit_length(const torch::Tensor& vector);

/// Identity vector [1,512] of unit length, or zeros.
torch::Tensor identity_vector(const nn::Module& identity, const IdentitySource& source);

/// `crop`: the square portrait crop, image_size px.
Reference encode_reference(const AppearanceModules& modules,
                           const Frame& crop,
                           const IdentitySource& identity);

}  // namespace hyportrait::conditions
