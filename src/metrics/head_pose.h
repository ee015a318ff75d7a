// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face/face.h"

namespace hyportrait::metrics {

/// Turn of a head, degrees; 0, 0, 0 looks into the camera.
struct HeadPose {
  double yaw = 0.0;    ///< positive: the nose points to the picture's right
  double pitch = 0.0;  ///< positive: the nose points down
  double roll = 0.0;   ///< positive: clockwise in the picture
};

/// A rough pose from five points: good for "frontal" or "turned far", for any bundle with a
/// detector that gives true landmarks; not good to within 10 degrees.
HeadPose pose_from_landmarks(const face::Landmarks& landmarks);

}  // namespace hyportrait::metrics
