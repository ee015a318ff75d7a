// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "nn/module.h"

#include <torch/types.h>

#include <span>

namespace hyportrait::conditions {

/// The pose feature [1,1,C0,h,w] of one black image: the same for every frame (pose_image: black).
torch::Tensor black_pose_feature(const nn::Module& pose_guider, int image_size);

/// Pose features [1,N,C0,h,w] of N drawn pose images (pose_image: landmarks).
torch::Tensor pose_features(const nn::Module& pose_guider, std::span<const Frame> images);

}  // namespace hyportrait::conditions
