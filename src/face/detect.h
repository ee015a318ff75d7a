// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"
#include "nn/manifest.h"

#include <functional>
#include <vector>

namespace hyportrait::face {

/// What finds the faces of a frame: a Detector, or given detections in tests.
using DetectFaces = std::function<std::vector<Face>(const Frame&)>;

/// What the detector network returns, before suppression; px of the network's image.
struct Candidates {
  std::vector<Box> boxes;
  std::vector<float> scores;
  std::vector<Landmarks> landmarks;  ///< all three of equal length
};

/// Size of the detector's image for a picture: the shorter side `min_side`, both rounded up to
/// `multiple` (src/dataset/utils.py:137-139 of the original). Of a picture that is over sixteen
/// times as long as wide the longer side is 16 * min_side, and the shorter one is padded.
Size network_size(Size picture, const nn::DetectorConfig& config);

/// The detector's image: stretched to network_size, or (keep_aspect, and long strips) scaled and
/// padded with black on the right and at the bottom.
Frame resize_for_network(const Frame& frame, const nn::DetectorConfig& config);

/// Faces in px of the picture, best score first: those strictly above `score`, without those that
/// overlap a better one by more than `nms_iou`. Not clipped to the picture.
std::vector<Face> faces_from_candidates(const Candidates& candidates,
                                        Size picture,
                                        const nn::DetectorConfig& config);

}  // namespace hyportrait::face
