// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face/face.h"

#include <torch/types.h>

#include <vector>

namespace hyportrait::motion {

/// How landmarks move with the head's pose: a ridge regression of their coordinates on the six
/// numbers of the pose over a clip. A clip whose head hardly moves tells little, and moves them
/// little.
class LandmarkFit final {
 public:
  /// `pose` [N,6] float64; `landmarks` of the same N frames; `known`: indices of those to fit.
  LandmarkFit(const torch::Tensor& pose,
              const std::vector<face::Landmarks>& landmarks,
              const torch::Tensor& known);

  /// Moves each frame's landmarks by what its pose was changed by, [N,6] float64.
  void move(std::vector<face::Landmarks>& landmarks, const torch::Tensor& pose_change) const;

 private:
  torch::Tensor slopes_;  // [6,10]: px for a unit of the pose
};

}  // namespace hyportrait::motion
