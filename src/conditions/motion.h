// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "conditions/motion_tokens.h"
#include "face/motion_buckets.h"
#include "nn/bundle.h"

#include <torch/types.h>

#include <span>
#include <vector>

namespace hyportrait::conditions {

/// What the motion networks see of one driving frame.
struct MotionFrame {
  Frame face;  ///< expression crop, motion_size px square
  Frame head;  ///< head crop, motion_size px square
};

/// The two networks that read a driver's motion, fp32 as in the original.
struct MotionEncoders {
  nn::Module expression;
  nn::Module head_pose;
};
MotionEncoders load_motion_encoders(const nn::Bundle& bundle, nn::Device device);

/// Expression and head pose of N frames, float32 on the CPU.
struct EncodedMotion {
  torch::Tensor expression;  // [N,E]
  torch::Tensor head_pose;   // [N,6]: rotation in degrees, then translation
};

/// Reads a driver's motion frame by frame; holds the frames of one batch.
class MotionEncoder final {
 public:
  MotionEncoder(const MotionEncoders& networks, const nn::MotionConfig& config);

  void push(MotionFrame frame);

  /// What was pushed since the last call.
  EncodedMotion finish();

 private:
  void encode_batch();

  MotionEncoders networks_;
  int batch_frames_;
  std::vector<Frame> faces_;
  std::vector<Frame> heads_;
  std::vector<torch::Tensor> expressions_;  // [n,E] a batch
  std::vector<torch::Tensor> poses_;        // [n,6] a batch
};

/// Turns expression and pose into tokens [refiner | rotation | translation * translation_scale],
/// kept in `storage`. `intensities`: of each batch of bucket_frames frames, in order.
MotionTokens refine_motion(const nn::Module& motion_refiner,
                           const nn::MotionConfig& config,
                           const EncodedMotion& motion,
                           std::span<const face::MotionIntensity> intensities,
                           nn::Precision storage);

}  // namespace hyportrait::conditions
