// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"
#include "face/crop.h"
#include "face/face.h"
#include "nn/manifest.h"

#include <optional>

namespace hyportrait::face {

/// Where the squares of the driving head lie, frame by frame.
///
/// `fixed`: around the first face, for good, as the original (test_preprocess.py:226-250).
/// `follow`: they move with the head, by a low pass of a second and a half of where the face is,
/// and at once where it would reach out of the square; their size stays, and they stay inside the
/// picture while they fit it.
class HeadFollower final {
 public:
  HeadFollower(DriveCrop kind, const nn::CropConfig& config) : kind_(kind), config_(config) {}

  /// The squares for a frame in which `face` was found. Call in order of time.
  const HeadAnchor& next(const Face& face, const Frame& frame);

  /// The squares of the last frame; nothing before the first face.
  [[nodiscard]] const std::optional<HeadAnchor>& anchor() const { return anchor_; }

  /// How far they have moved since the first face, px.
  [[nodiscard]] Point moved() const;

 private:
  void follow(const Face& face, const Frame& frame);

  DriveCrop kind_;
  const nn::CropConfig& config_;
  std::optional<HeadAnchor> first_;
  std::optional<HeadAnchor> anchor_;
  Point centre_;  ///< of the face, after the low pass
  double last_seconds_ = 0.0;
};

/// Landmarks as they would be had the squares not moved, px.
Landmarks without_movement(const Landmarks& landmarks, Point moved);

}  // namespace hyportrait::face
