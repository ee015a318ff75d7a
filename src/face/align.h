// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

#include <vector>

namespace hyportrait::face {

/// Rotation, uniform scale and shift: x' = a x - b y + tx, y' = b x + a y + ty.
struct Similarity {
  double a = 1.0;
  double b = 0.0;
  double tx = 0.0;
  double ty = 0.0;
  [[nodiscard]] Point operator()(Point p) const {
    return {.x = a * p.x - b * p.y + tx, .y = b * p.x + a * p.y + ty};
  }
  /// Throws Error(input) for a scale of 0.
  [[nodiscard]] Similarity inverse() const;
};

/// Least-squares target_from_source (Umeyama, PAMI 1991, with scale). Throws Error(input) when the
/// source points are all the same.
Similarity similarity_transform(const Landmarks& source, const Landmarks& target);

inline constexpr int kAlignedSide = 112;  ///< px

/// The face on ArcFace's template: RGB, HWC, kAlignedSide squared x 3, in [0,1], zeros outside the
/// picture (test_preprocess.py:11-26; skimage's warp, order 1).
std::vector<float> align_face(const Frame& frame, const Landmarks& landmarks);

}  // namespace hyportrait::face
