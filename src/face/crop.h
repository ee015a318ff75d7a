// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"
#include "face/resize.h"
#include "nn/manifest.h"

namespace hyportrait::face {

/// The square around a face: its box enlarged by `expand` of its size on every side, cut at the
/// picture's edges, then the shorter side wins and the window slides toward the face
/// (test_preprocess.py:51-101, process_bbox). Used for the portrait and the driving head alike.
CropBox portrait_box(const Box& face, Size picture, double expand);

/// The pixels of `box`, black outside the picture. Throws Error(input) for a box without pixels.
Frame crop(const Frame& frame, const CropBox& box);

/// crop, then resize_antialiased to `side` x `side`.
Frame crop_resized(const Frame& frame, const CropBox& box, int side, ResizeFilter filter);

/// Box of the expression network's face crop: the range of the landmarks, each side moved by
/// `toward` of its way to the first frame's face box (test_preprocess.py:111-122).
Box motion_face_box(const Landmarks& landmarks, const Box& first_face_box, double toward);

/// The square around the box's centre with half the longer side, rounded down, as half size, black
/// outside the picture (test_preprocess.py:29-48).
Frame center_crop(const Frame& frame, const Box& box);

/// Input of `expression`: motion_size x motion_size.
Frame motion_face_crop(const Frame& frame,
                       const Landmarks& landmarks,
                       const Box& first_face_box,
                       const nn::CropConfig& config);

/// Input of `head_pose`: the fixed box of the first frame -> image_size -> motion_size.
Frame motion_head_crop(const Frame& frame, const CropBox& head_box, const nn::BundleConfig& config);

}  // namespace hyportrait::face
