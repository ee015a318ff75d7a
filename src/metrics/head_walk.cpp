// SPDX-License-Identifier: Apache-2.0
#include "metrics/head_walk.h"

#include "face/crop.h"

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
  if (!square_) {
    first_box_ = face->box;
    square_ =
        face::portrait_box(face->box, {frame.width, frame.height}, config_.crop.portrait_expand);
  }
  return HeadView{.face = face::motion_face_crop(frame, face->landmarks, first_box_, config_.crop),
                  .head = face::motion_head_crop(frame, *square_, config_),
                  .landmarks = face->landmarks};
}

}  // namespace hyportrait::metrics
