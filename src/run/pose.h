// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/unet_model.h"
#include "face/face.h"
#include "nn/manifest.h"
#include "nn/module.h"

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace hyportrait::run {

/// Features of drawn pose images that are kept for all steps; those of longer clips are made anew
/// in each, so that memory does not grow with the clip.
inline constexpr std::uint64_t kMostKeptPose = std::uint64_t{64} << 20;

/// Of black images one feature for all frames; of drawn ones a frame's own, padded frames having
/// the nearest frame's. `landmarks` of the clip's frames are px of the crop at image_size. Up to
/// `most_kept` bytes of features stay on the device.
diffusion::PoseFeature pose_feature(const nn::Module& pose_guider,
                                    const nn::BundleConfig& config,
                                    std::vector<face::Landmarks> landmarks,
                                    std::uint64_t most_kept = kMostKeptPose);

}  // namespace hyportrait::run
