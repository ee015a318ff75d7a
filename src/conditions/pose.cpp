// SPDX-License-Identifier: Apache-2.0
#include "conditions/pose.h"

#include "nn/tensor_frame.h"

#include <torch/types.h>

namespace hyportrait::conditions {

torch::Tensor black_pose_feature(const nn::Module& pose_guider, int image_size) {
  return pose_guider({torch::zeros({1, 3, image_size, image_size})}).unsqueeze(0);
}

torch::Tensor pose_features(const nn::Module& pose_guider, std::span<const Frame> images) {
  return pose_guider({nn::to_tensor(images)}).unsqueeze(0);
}

}  // namespace hyportrait::conditions
