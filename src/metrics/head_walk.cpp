// SPDX-License-Identifier: Apache-2.0
#include "metrics/head_walk.h"

namespace hyportrait::metrics {

HeadWalk::HeadWalk(const face::DetectFaces& detect,
                   const face::TrackOptions& track,
                   const nn::BundleConfig& config)
    : detect_(detect), config_(config), tracker_(track) {}

std::optional<HeadView> HeadWalk::next(const Frame& frame) {
  const std::optional<face::Face> face = tracker_.next(detect_(frame), frame.pts_seconds);
  if (!face) {
    return std::nullopt;
  }
  if (!anchor_) {
    anchor_ = face::head_anchor(*face, frame, config_.crop);
  }
  return HeadView{.crops = face::motion_crops(frame, face->landmarks, *anchor_, config_),
                  .landmarks = face->landmarks};
}

}  // namespace hyportrait::metrics
