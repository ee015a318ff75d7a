// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "motion/motion.h"

#include <vector>

namespace hyportrait::test {

/// A motion of these yaws in degrees, a frame each, 0.1 s long: pitch is half of the yaw, roll 0.
/// The first expression value is the yaw over 10, the second the frame's number. A degree of yaw
/// moves all landmarks by half a px.
motion::Motion turning(const std::vector<double>& yaws);

/// The first column of the expressions or the head poses.
std::vector<double> column(const torch::Tensor& rows, std::int64_t index = 0);

}  // namespace hyportrait::test
