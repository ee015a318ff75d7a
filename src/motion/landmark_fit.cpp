// SPDX-License-Identifier: Apache-2.0
#include "motion/landmark_fit.h"

#include "motion/smooth.h"

#include <torch/types.h>

namespace hyportrait::motion {
namespace {

// Each number of the pose is measured in its deviation over the clip, at least in this much of it:
// degrees, and the unit of a translation. What varies less is noise of the network.
constexpr double kMinDegrees = 2.0;
constexpr double kMinTranslation = 0.05;
constexpr double kRidge = 0.01;  // of a frame, in those units squared

torch::Tensor centred(const torch::Tensor& rows) {
  return rows - rows.mean(0);
}

}  // namespace

LandmarkFit::LandmarkFit(const torch::Tensor& pose,
                         const std::vector<face::Landmarks>& landmarks,
                         const torch::Tensor& known) {
  const torch::Tensor places = centred(as_rows(landmarks).index_select(0, known));  // [n,10]
  const torch::Tensor turns = centred(pose.index_select(0, known));                 // [n,6]
  const torch::Tensor floor = torch::tensor(
      {kMinDegrees, kMinDegrees, kMinDegrees, kMinTranslation, kMinTranslation, kMinTranslation},
      torch::kDouble);
  const torch::Tensor unit = torch::maximum(turns.square().mean(0).sqrt(), floor);
  const torch::Tensor x = turns / unit;
  const torch::Tensor gram =
      x.t().mm(x) + kRidge * static_cast<double>(x.size(0)) * torch::eye(x.size(1), torch::kDouble);
  slopes_ = torch::linalg_solve(gram, x.t().mm(places)) / unit.unsqueeze(1);
}

void LandmarkFit::move(std::vector<face::Landmarks>& landmarks,
                       const torch::Tensor& pose_change) const {
  landmarks = as_landmarks(as_rows(landmarks) + pose_change.mm(slopes_));
}

}  // namespace hyportrait::motion
