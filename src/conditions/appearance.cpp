// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"

#include "base/require.h"
#include "face/align.h"
#include "nn/tensor_frame.h"
#include "vae/encode.h"

#include <torch/types.h>

namespace hyportrait::conditions {
namespace {

constexpr std::int64_t kAppearanceSize = 224;  // px, of the appearance module's image

}  // namespace

AppearanceModules load_appearance(const nn::Bundle& bundle,
                                  nn::Device device,
                                  nn::Precision precision) {
  return {bundle.load("identity", device, nn::Precision::fp32),
          bundle.load("appearance", device, precision),
          bundle.load("vae_encoder", device, nn::Precision::fp32)};
}

torch::Tensor appearance_image(const Frame& crop) {
  return at::_upsample_bilinear2d_aa(
      nn::to_tensor(crop), {kAppearanceSize, kAppearanceSize}, /*align_corners=*/false);
}

torch::Tensor unit_length(const torch::Tensor& vector) {
  return vector / vector.norm();
}

torch::Tensor identity_vector(const nn::Module& identity, const IdentitySource& source) {
  const std::int64_t width = identity.spec().outputs.at(0).shape.back();
  torch::Tensor vector;
  if (!source.vector.empty()) {
    vector = torch::tensor(source.vector).unsqueeze(0);
  } else if (!source.aligned_face.empty()) {
    require(source.aligned_face.size() == std::size_t{3} * face::kAlignedSide * face::kAlignedSide,
            "an aligned face is what face::align_face gives");
    vector = identity({torch::tensor(source.aligned_face)
                           .view({1, face::kAlignedSide, face::kAlignedSide, 3})
                           .permute({0, 3, 1, 2})
                           .contiguous()});
  } else {
    return torch::zeros({1, width});
  }
  return unit_length(vector);
}

Reference encode_reference(const AppearanceModules& modules,
                           const Frame& crop,
                           const IdentitySource& identity) {
  const torch::Tensor vector = identity_vector(modules.identity, identity);
  return {.latent = vae::encode(modules.vae_encoder, crop),
          .tokens = modules.appearance({appearance_image(crop), vector})};
}

}  // namespace hyportrait::conditions
