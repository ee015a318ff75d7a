// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face/face.h"

#include <span>

namespace hyportrait::face {

/// How much a stretch of frames moves, as the motion refiner's two embedding indices.
struct MotionIntensity {
  int head = 0;        ///< the nose's mean distance from its mean place
  int expression = 0;  ///< the same of all points relative to the nose
};

/// The same as shares of the first frame's landmark diagonal.
struct Movement {
  double head = 0.0;
  double expression = 0.0;
};
Movement movement(std::span<const Landmarks> landmarks);

/// Both scaled by the first frame's landmark diagonal, truncated, clamped to 0 .. buckets - 1
/// (src/dataset/utils.py:308-331 of the original). 0, 0 for one frame, none, or a first frame whose
/// points coincide.
MotionIntensity motion_intensity(std::span<const Landmarks> landmarks, int buckets);

}  // namespace hyportrait::face
