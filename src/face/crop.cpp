// SPDX-License-Identifier: Apache-2.0
#include "face/crop.h"

#include <hyportrait/error.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace hyportrait::face {
namespace {

/// To the nearest integer, halves to even, as Python's round (the process never changes the mode).
int round_half_even(double value) {
  return static_cast<int>(std::nearbyint(value));
}

Box enlarged(const Box& face, Size picture, double expand) {
  return {.x1 = std::max(face.x1 - expand * face.width(), 0.0),
          .y1 = std::max(face.y1 - expand * face.height(), 0.0),
          .x2 = std::min(face.x2 + expand * face.width(), static_cast<double>(picture.width)),
          .y2 = std::min(face.y2 + expand * face.height(), static_cast<double>(picture.height))};
}

/// How far a window may slide within `slack` on either side to come nearer to `wanted`.
double slide(double centre, double wanted, double slack) {
  const double distance = std::min(slack, std::abs(wanted - centre));
  return wanted > centre ? distance : -distance;
}

}  // namespace

CropBox portrait_box(const Box& face, Size picture, double expand) {
  const Box wide = enlarged(face, picture, expand);
  const double half = std::min(wide.height(), wide.width()) / 2;
  const double slack = std::abs((wide.height() - wide.width()) / 2);
  Point centre = wide.centre();
  if (wide.width() < wide.height()) {
    centre.y += slide(centre.y, face.centre().y, slack);
  } else {
    centre.x += slide(centre.x, face.centre().x, slack);
  }
  return {.x1 = round_half_even(centre.x - half),
          .y1 = round_half_even(centre.y - half),
          .x2 = round_half_even(centre.x + half),
          .y2 = round_half_even(centre.y + half)};
}

Frame crop(const Frame& frame, const CropBox& box) {
  if (box.width() <= 0 || box.height() <= 0) {
    throw Error(ExitCode::input,
                "crop: the face's box has no pixel inside the picture of " +
                    std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                    " px; choose another face or give its box");
  }
  Frame result = Frame::black(box.width(), box.height());
  result.pts_seconds = frame.pts_seconds;
  result.duration_seconds = frame.duration_seconds;
  const int x1 = std::clamp(box.x1, 0, frame.width);
  const int x2 = std::clamp(box.x2, x1, frame.width);
  const int y2 = std::min(box.y2, frame.height);
  if (x1 == x2) {
    return result;
  }
  for (int y = std::max(box.y1, 0); y < y2; ++y) {
    std::copy(frame.at(x1, y), frame.at(x2, y), result.at(x1 - box.x1, y - box.y1));
  }
  return result;
}

Frame crop_resized(const Frame& frame, const CropBox& box, int side, ResizeFilter filter) {
  return resize_antialiased(crop(frame, box), {.width = side, .height = side}, filter);
}

Box motion_face_box(const Landmarks& landmarks, const Box& first_face_box, double toward) {
  const auto [left, right] = std::minmax_element(
      landmarks.begin(), landmarks.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(
      landmarks.begin(), landmarks.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
  return {.x1 = left->x - (left->x - first_face_box.x1) * toward,
          .y1 = top->y - (top->y - first_face_box.y1) * toward,
          .x2 = right->x + (first_face_box.x2 - right->x) * toward,
          .y2 = bottom->y + (first_face_box.y2 - bottom->y) * toward};
}

Frame center_crop(const Frame& frame, const Box& box) {
  const int x = static_cast<int>(box.centre().x);
  const int y = static_cast<int>(box.centre().y);
  // The original fails on a box under 2 px; one pixel around the centre keeps such a frame going.
  const int half = std::max(static_cast<int>(std::max(box.width(), box.height())) / 2, 1);
  return crop(frame, {.x1 = x - half, .y1 = y - half, .x2 = x + half, .y2 = y + half});
}

Frame motion_face_crop(const Frame& frame,
                       const Landmarks& landmarks,
                       const Box& first_face_box,
                       const nn::CropConfig& config) {
  const Box box = motion_face_box(landmarks, first_face_box, config.face_toward_box);
  return resize_antialiased(center_crop(frame, box),
                            {.width = config.motion_size, .height = config.motion_size},
                            ResizeFilter::bilinear);
}

Frame motion_head_crop(const Frame& frame,
                       const CropBox& head_box,
                       const nn::BundleConfig& config) {
  const Frame head = crop_resized(frame, head_box, config.image_size, ResizeFilter::bicubic);
  return resize_antialiased(head,
                            {.width = config.crop.motion_size, .height = config.crop.motion_size},
                            ResizeFilter::bilinear);
}

HeadAnchor head_anchor(const Face& first_face, const Frame& frame, const nn::CropConfig& config) {
  return {
      .first_box = first_face.box,
      .square = portrait_box(first_face.box, {frame.width, frame.height}, config.portrait_expand)};
}

MotionCrops motion_crops(const Frame& frame,
                         const Landmarks& landmarks,
                         const HeadAnchor& anchor,
                         const nn::BundleConfig& config) {
  return {.face = motion_face_crop(frame, landmarks, anchor.first_box, config.crop),
          .head = motion_head_crop(frame, anchor.square, config)};
}

}  // namespace hyportrait::face
