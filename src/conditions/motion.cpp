// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion.h"

#include "base/require.h"
#include "nn/tensor.h"

#include <torch/types.h>

#include <utility>

namespace hyportrait::conditions {
namespace {

constexpr std::int64_t kAngles = 3;  // head_pose gives rotation, then translation

/// An intensity as int64, with the dimensions that the refiner's manifest entry asks for: [] or
/// [1].
torch::Tensor bucket_input(const nn::Module& refiner, std::size_t input, int bucket) {
  return torch::full(refiner.spec().inputs.at(input).shape, bucket, torch::kLong);
}

/// A copy of our own: what a network gives cannot be changed in place.
torch::Tensor kept(const torch::Tensor& rows) {
  return torch::empty(rows.sizes(), torch::kFloat).copy_(rows);
}

torch::Tensor taken(std::vector<torch::Tensor>& rows) {
  require(!rows.empty(), "a driver has a frame");
  return torch::cat(std::exchange(rows, {}));
}

}  // namespace

MotionEncoders load_motion_encoders(const nn::Bundle& bundle, nn::Device device) {
  return {bundle.load("expression", device, nn::Precision::fp32),
          bundle.load("head_pose", device, nn::Precision::fp32)};
}

MotionEncoder::MotionEncoder(const MotionEncoders& networks, const nn::MotionConfig& config)
    : networks_(networks), batch_frames_(config.bucket_frames) {}

void MotionEncoder::push(MotionFrame frame) {
  faces_.push_back(std::move(frame.face));
  heads_.push_back(std::move(frame.head));
  if (static_cast<int>(faces_.size()) == batch_frames_) {
    encode_batch();
  }
}

EncodedMotion MotionEncoder::finish() {
  if (!faces_.empty()) {
    encode_batch();
  }
  return {.expression = taken(expressions_), .head_pose = taken(poses_)};
}

void MotionEncoder::encode_batch() {
  expressions_.push_back(kept(networks_.expression({nn::to_tensor(faces_)})));
  poses_.push_back(kept(networks_.head_pose({nn::to_tensor(heads_)})));
  faces_.clear();
  heads_.clear();
}

MotionTokens refine_motion(const nn::Module& motion_refiner,
                           const nn::MotionConfig& config,
                           const EncodedMotion& motion,
                           std::span<const face::MotionIntensity> intensities,
                           nn::Precision storage) {
  MotionTokens tokens;
  const std::int64_t frames = motion.expression.size(0);
  std::int64_t begin = 0;
  for (const face::MotionIntensity& intensity : intensities) {
    const std::int64_t end = std::min<std::int64_t>(begin + config.bucket_frames, frames);
    const torch::Tensor refined =  // [n,T,C-6]
        motion_refiner({motion.expression.slice(0, begin, end),
                        bucket_input(motion_refiner, 1, intensity.head),
                        bucket_input(motion_refiner, 2, intensity.expression)});
    torch::Tensor pose = motion.head_pose.slice(0, begin, end).to(refined.device());
    pose = torch::cat(
        {pose.slice(1, 0, kAngles), pose.slice(1, kAngles) * config.translation_scale}, 1);
    pose = pose.unsqueeze(1).expand({-1, refined.size(1), -1});  // [n,T,6]
    tokens.append(torch::cat({refined, pose}, 2).to(nn::torch_dtype(storage)));
    begin = end;
  }
  require(begin == frames, "an intensity for every batch");
  return tokens;
}

}  // namespace hyportrait::conditions
