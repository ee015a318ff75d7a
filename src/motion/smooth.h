// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face/face.h"
#include "motion/motion.h"

#include <torch/types.h>

#include <vector>

namespace hyportrait::motion {

/// A zero-phase Gaussian over time of `seconds` full width at half maximum, each frame weighing as
/// long as it is shown; at the ends over what is there. `values` [N,W] float64; 0 s changes
/// nothing.
torch::Tensor smooth(const torch::Tensor& values,
                     const std::vector<FrameTime>& times,
                     double seconds);

/// The same of landmarks.
std::vector<face::Landmarks> smooth(const std::vector<face::Landmarks>& landmarks,
                                    const std::vector<FrameTime>& times,
                                    double seconds);

/// Landmarks as rows [N,10] float64 (x, y of each point), and back.
torch::Tensor as_rows(const std::vector<face::Landmarks>& landmarks);
std::vector<face::Landmarks> as_landmarks(const torch::Tensor& rows);

}  // namespace hyportrait::motion
