// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"
#include "face/detect.h"
#include "face/face.h"
#include "nn/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace hyportrait::run {

/// Which face of the portrait, and the portrait's name for messages.
struct PortraitRequest {
  std::string name;
  FaceSelector selector;
  std::optional<face::Box> place{};  ///< the user's --ref-box
  bool largest_on_crop =
      false;  ///< the original's rule for the second detection: whoever is largest
};

/// The portrait as the networks see it.
struct PortraitCrop {
  face::CropBox box;  ///< in the portrait
  Frame crop;         ///< image_size x image_size
  std::vector<float>
      aligned_face;  ///< ArcFace's view (face/align.h); empty when no face was found on the crop
  std::vector<std::string> warnings;
};

/// Finds the face, cuts the square around it and aligns the face on it
/// (test_preprocess.py:198-225). Throws Error(input) naming the portrait and what to pass when
/// there is no such face.
PortraitCrop prepare_portrait(const Frame& picture,
                              const face::DetectFaces& detect,
                              const PortraitRequest& request,
                              const nn::BundleConfig& config);

}  // namespace hyportrait::run
