// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "conditions/motion_tokens.h"
#include "face/face.h"
#include "face/motion_buckets.h"
#include "nn/bundle.h"

#include <vector>

namespace hyportrait::conditions {

/// What the motion networks see of one driving frame.
struct MotionFrame {
  Frame face;                 ///< expression crop, motion_size px square
  Frame head;                 ///< head crop, motion_size px square
  face::Landmarks landmarks;  ///< px of the driving frame
  bool detected = true;       ///< false: crops and landmarks are held from another frame
};

struct MotionModules {
  nn::Module expression;  ///< these three are fp32, as in the original
  nn::Module head_pose;
  nn::Module motion_refiner;
};
MotionModules load_motion(const nn::Bundle& bundle, nn::Device device);

/// Turns a driving clip into motion tokens, frame by frame; holds the frames of one intensity
/// batch.
class MotionEncoder final {
 public:
  /// `storage`: precision of the kept tokens.
  MotionEncoder(const MotionModules& modules,
                const nn::BundleConfig& config,
                nn::Precision storage);

  void push(MotionFrame frame);

  /// Encodes what is left and gives the tokens [refiner | rotation | translation *
  /// translation_scale].
  MotionTokens finish();

  /// The intensity of each batch so far, in order; of its detected frames only.
  [[nodiscard]] const std::vector<face::MotionIntensity>& intensities() const {
    return intensities_;
  }

 private:
  void encode_batch();

  MotionModules modules_;
  nn::MotionConfig config_;
  torch::ScalarType storage_;
  std::vector<Frame> faces_;
  std::vector<Frame> heads_;
  std::vector<face::Landmarks> detected_;  // landmarks of the batch's detected frames
  std::vector<face::MotionIntensity> intensities_;
  MotionTokens tokens_;
};

}  // namespace hyportrait::conditions
