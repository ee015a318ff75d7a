// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/inspect.h>

#include "face/face.h"

namespace hyportrait::inspection {

/// A rough pose from five points: good for "frontal" or "turned far", for any bundle with a
/// detector that gives true landmarks; not good to within 10 degrees.
HeadPose pose_from_landmarks(const face::Landmarks& landmarks);

}  // namespace hyportrait::inspection
