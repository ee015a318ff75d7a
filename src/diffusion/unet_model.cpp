// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_model.h"

#include <torch/torch.h>

namespace hyportrait::diffusion {

nn::Module load_unet(const nn::Bundle& bundle,
                     nn::Device device,
                     nn::Precision precision,
                     EngineKind engine) {
  return engine == EngineKind::compiled ? bundle.load_compiled("unet", device, precision)
                                        : bundle.load("unet", device, precision);
}

VelocityModel unet_model(const nn::Module& unet, UnetConditions conditions) {
  const auto& ids = conditions.added_ids;
  const torch::Tensor added_ids = torch::tensor({ids[0], ids[1], ids[2]}, torch::kFloat);
  return [unet, conditions = std::move(conditions), added_ids](const VelocityRequest& request) {
    std::vector<torch::Tensor> motion;
    for (const Window& window : request.windows) {
      motion.push_back(conditions.motion.gather(window, conditions.padding));
    }
    c10::List<bool> has_reference;
    c10::List<bool> has_motion;
    for (const Branch& branch : request.branches) {
      has_reference.push_back(branch.has_reference);
      has_motion.push_back(branch.has_motion);
    }
    return unet({request.latents,
                 torch::tensor(request.timestep, torch::kFloat),
                 conditions.reference.latent,
                 conditions.reference.tokens,
                 torch::stack(motion),
                 conditions.pose_feature(request.windows),
                 added_ids,
                 has_reference,
                 has_motion});
  };
}

}  // namespace hyportrait::diffusion
