// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

namespace hyportrait::face {

/// The pose guider's image for `pose_image: landmarks`: the five points and the lines between them
/// on black, in px of a picture of `size`.
///
/// Exact rule, so that training can draw the same: a shape has the value clamp(radius + 0.5 -
/// distance, 0, 1) x its colour, rounded, at pixel centres (x + 0.5, y + 0.5), `distance` from the
/// point or line in px, radius = shorter side / 64 for points, / 128 for lines; where shapes meet,
/// the larger value of each channel. Colours: left eye red, right eye green, nose blue, mouth
/// corners yellow and magenta, lines (eye - eye, eyes - nose, nose - mouth corners, corner -
/// corner) grey 128.
Frame landmarks_image(Size size, const Landmarks& landmarks);

/// Landmarks of a picture in px of a crop of it that was resized to `side` x `side`.
Landmarks crop_from_picture(const Landmarks& landmarks, const CropBox& box, int side);

}  // namespace hyportrait::face
