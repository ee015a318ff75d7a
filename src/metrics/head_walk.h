// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/detect.h"
#include "face/face.h"
#include "face/track.h"
#include "nn/manifest.h"

#include <optional>

namespace hyportrait::metrics {

/// One frame as the judging networks see it.
struct HeadView {
  Frame face;                 ///< input of `expression`
  Frame head;                 ///< input of `head_pose`
  face::Landmarks landmarks;  ///< px of the frame
};

/// Follows one person through a clip and cuts the crops that animate cuts from its driver.
class HeadWalk final {
 public:
  HeadWalk(const face::DetectFaces& detect,
           const face::TrackOptions& track,
           const nn::BundleConfig& config);

  /// The next frame's view; nothing where there is no face.
  std::optional<HeadView> next(const Frame& frame);

  /// The square around the first face; nothing before there was one.
  [[nodiscard]] const std::optional<face::CropBox>& square() const { return square_; }

 private:
  const face::DetectFaces& detect_;
  const nn::BundleConfig& config_;
  face::Tracker tracker_;
  std::optional<face::CropBox> square_;
  face::Box first_box_;
};

}  // namespace hyportrait::metrics
