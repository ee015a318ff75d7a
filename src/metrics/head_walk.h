// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/crop.h"
#include "face/detect.h"
#include "face/face.h"
#include "face/follow.h"
#include "face/track.h"
#include "nn/manifest.h"

#include <optional>

namespace hyportrait::metrics {

/// One frame as the judging networks see it.
struct HeadView {
  face::MotionCrops crops;
  face::Landmarks landmarks;  ///< px of the frame
};

/// Follows one person through a clip and cuts the crops that animate cuts from its driver.
class HeadWalk final {
 public:
  HeadWalk(const face::DetectFaces& detect,
           const face::TrackOptions& track,
           DriveCrop drive_crop,
           const nn::BundleConfig& config);

  /// The next frame's view; nothing where there is no face.
  std::optional<HeadView> next(const Frame& frame);

  /// The square around the head; nothing before there was a face.
  [[nodiscard]] std::optional<face::CropBox> square() const {
    return head_.anchor() ? std::optional(head_.anchor()->square) : std::nullopt;
  }

 private:
  const face::DetectFaces& detect_;
  const nn::BundleConfig& config_;
  face::Tracker tracker_;
  face::HeadFollower head_;
};

}  // namespace hyportrait::metrics
