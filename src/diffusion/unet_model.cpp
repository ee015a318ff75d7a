// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_model.h"

#include "diffusion/guidance.h"

#include <torch/types.h>

#include <algorithm>

namespace hyportrait::diffusion {

nn::Module load_unet(const nn::Bundle& bundle,
                     nn::Device device,
                     nn::Precision precision,
                     EngineKind engine) {
  return engine == EngineKind::compiled ? bundle.load_compiled("unet", device, precision)
                                        : bundle.load("unet", device, precision);
}

std::vector<nn::CompiledCall> compiled_calls(const nn::BundleConfig& config, bool branches_apart) {
  const std::int64_t side = config.image_size / config.latent.downsample;
  std::vector<nn::CompiledCall> calls;
  const auto add = [&](std::span<const WeightedBranch> branches) {
    nn::CompiledCall call{.flags = {{}, {}},
                          .latents = {1, config.window.frames, config.latent.channels, side, side}};
    for (const WeightedBranch& weighted : branches) {
      call.flags[0].push_back(weighted.branch.has_reference);
      call.flags[1].push_back(weighted.branch.has_motion);
    }
    const auto same = [&](const nn::CompiledCall& other) { return other.flags == call.flags; };
    if (std::ranges::none_of(calls, same)) {
      calls.push_back(std::move(call));
    }
  };
  for (int step = 0; step < config.sampler.steps; ++step) {
    const auto branches = guidance_branches(config.guidance, step, config.sampler.steps);
    const std::size_t together = branches_apart ? 1 : branches.size();
    for (std::size_t first = 0; first < branches.size(); first += together) {
      add(std::span(branches).subspan(first, together));
    }
  }
  return calls;
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
