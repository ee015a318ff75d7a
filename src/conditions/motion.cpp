// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion.h"

#include "nn/tensor_frame.h"
#include "nn/torch_types.h"

#include <torch/types.h>

namespace hyportrait::conditions {
namespace {

/// An intensity as int64, with the dimensions that the refiner's manifest entry asks for: [] or
/// [1].
torch::Tensor bucket_input(const nn::Module& refiner, std::size_t input, int bucket) {
  return torch::full(refiner.spec().inputs.at(input).shape, bucket, torch::kLong);
}

}  // namespace

MotionModules load_motion(const nn::Bundle& bundle, nn::Device device) {
  return {bundle.load("expression", device, nn::Precision::fp32),
          bundle.load("head_pose", device, nn::Precision::fp32),
          bundle.load("motion_refiner", device, nn::Precision::fp32)};
}

MotionEncoder::MotionEncoder(const MotionModules& modules,
                             const nn::BundleConfig& config,
                             nn::Precision storage)
    : modules_(modules), config_(config.motion), storage_(nn::torch_dtype(storage)) {}

void MotionEncoder::push(MotionFrame frame) {
  faces_.push_back(std::move(frame.face));
  heads_.push_back(std::move(frame.head));
  if (frame.detected) {
    detected_.push_back(frame.landmarks);
  }
  if (static_cast<int>(faces_.size()) == config_.bucket_frames) {
    encode_batch();
  }
}

MotionTokens MotionEncoder::finish() {
  if (!faces_.empty()) {
    encode_batch();
  }
  return std::move(tokens_);
}

void MotionEncoder::encode_batch() {
  const face::MotionIntensity intensity = face::motion_intensity(detected_, config_.buckets);
  intensities_.push_back(intensity);
  const torch::Tensor expression = modules_.expression({nn::to_tensor(faces_)});  // [n,512]
  const torch::Tensor refined =                                                   // [n,T,C-6]
      modules_.motion_refiner({expression,
                               bucket_input(modules_.motion_refiner, 1, intensity.head),
                               bucket_input(modules_.motion_refiner, 2, intensity.expression)});
  torch::Tensor pose = modules_.head_pose({nn::to_tensor(heads_)});  // [n,6]
  pose = torch::cat({pose.slice(1, 0, 3), pose.slice(1, 3, 6) * config_.translation_scale}, 1);
  pose = pose.unsqueeze(1).expand({-1, refined.size(1), -1});  // [n,T,6]
  tokens_.append(torch::cat({refined, pose}, 2).to(storage_));
  faces_.clear();
  heads_.clear();
  detected_.clear();
}

}  // namespace hyportrait::conditions
