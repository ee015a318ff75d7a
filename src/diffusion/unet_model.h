// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "conditions/appearance.h"
#include "conditions/motion_tokens.h"
#include "diffusion/denoise.h"
#include "nn/bundle.h"
#include "nn/compiled_index.h"

#include <torch/types.h>

#include <array>
#include <functional>
#include <span>
#include <vector>

namespace hyportrait::diffusion {

/// Gives the pose feature of some windows: [1,1,C0,h,w] when it is the same for all frames, else
/// [W,F,C0,h,w].
using PoseFeature = std::function<torch::Tensor(std::span<const Window>)>;

/// What the U-Net is told beside the latents.
struct UnetConditions {
  conditions::Reference reference;
  conditions::MotionTokens motion;
  int padding = 0;  ///< frames before and after the clip
  PoseFeature pose_feature;
  std::array<double, 3> added_ids{};
};

/// The calls of the U-Net that a run of `config` makes, one window each: the branches of guided
/// steps and of those without, together or, where memory wants it, apart.
std::vector<nn::CompiledCall> compiled_calls(const nn::BundleConfig& config, bool branches_apart);

/// The bundle's U-Net, run by `engine`. Throws as Bundle::load() and load_compiled() do.
nn::Module load_unet(const nn::Bundle& bundle,
                     nn::Device device,
                     nn::Precision precision,
                     EngineKind engine);

/// The bundle's U-Net as the sampler's model. Both arguments are kept alive by the result.
VelocityModel unet_model(const nn::Module& unet, UnetConditions conditions);

}  // namespace hyportrait::diffusion
