// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

namespace hyportrait::inspection {

/// How sharp the face in `box` is: the standard deviation of the Laplacian of its brightness at
/// 128 x 128 px, levels. Photographs in focus have 8 and more; noise adds to it. 0 for a box
/// outside the picture.
double sharpness(const Frame& frame, const face::Box& box);

}  // namespace hyportrait::inspection
