// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"

#include "core/require.h"
#include "face/align.h"
#include "nn/tensor_frame.h"

#include <torch/torch.h>

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

torch::Tensor identity_vector(const nn::Module& identity, const IdentitySource& source) {
  const std::int64_t width = identity.spec().outputs.at(0).shape.back();
  torch::Tensor vector;
  if (!source.vector.empty()) {
    vector = torch::tensor(source.vector).unsqueeze(0);
  } else if (!source.aligned_face.empty()) {
    require(source.aligned_face.size() == face::kAlignedSide * face::kAlignedSide * 3,
            "an aligned face is what face::align_face gives");
    vector = identity({torch::tensor(source.aligned_face)
                           .view({1, face::kAlignedSide, face::kAlignedSide, 3})
                           .permute({0, 3, 1, 2})
                           .contiguous()});
  } else {
    return torch::zeros({1, width});
  }
  return vector / vector.norm();
}

Reference encode_reference(const AppearanceModules& modules,
                           const Frame& crop,
                           const IdentitySource& identity) {
  const torch::Tensor image = nn::to_tensor(crop);  // [1,3,H,W]
  const torch::Tensor small = at::_upsample_bilinear2d_aa(
      image, {kAppearanceSize, kAppearanceSize}, /*align_corners=*/false);
  return {.latent = modules.vae_encoder({image}),
          .tokens = modules.appearance({small, identity_vector(modules.identity, identity)})};
}

}  // namespace hyportrait::conditions
