// SPDX-License-Identifier: Apache-2.0
#include "metrics/head_walk.h"

namespace hyportrait::metrics {

HeadWalk::HeadWalk(const face::DetectFaces& detect,
                   const face::TrackOptions& track,
                   DriveCrop drive_crop,
                   const nn::BundleConfig& config)
    : detect_(detect), config_(config), tracker_(track), head_(drive_crop, config.crop) {}

std::optional<HeadView> HeadWalk::next(const Frame& frame) {
  const std::optional<face::Face> face = tracker_.next(detect_(frame), frame.pts_seconds);
  if (!face) {
    return std::nullopt;
  }
  const face::HeadAnchor& anchor = head_.next(*face, frame);
  return HeadView{.crops = face::motion_crops(frame, face->landmarks, anchor, config_),
                  .landmarks = face->landmarks};
}

}  // namespace hyportrait::metrics
