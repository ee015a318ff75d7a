// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"
#include "nn/manifest.h"
#include "nn/module.h"

#include <vector>

namespace hyportrait::face {

/// Finds faces with the bundle's `face_detector`. Owns the module; not thread-safe.
class Detector final {
 public:
  Detector(nn::Module module, const nn::DetectorConfig& config);

  /// All faces of a frame, best score first; empty when there is none.
  std::vector<Face> operator()(const Frame& frame);

 private:
  nn::Module module_;
  nn::DetectorConfig config_;
};

}  // namespace hyportrait::face
