// SPDX-License-Identifier: Apache-2.0
#include "inspect/parts.h"

#include "inspect/drawing.h"
#include "inspect/head_pose.h"
#include "inspect/sharpness.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::inspection {
namespace {

constexpr Colour kChosen{0, 220, 0};
constexpr Colour kOther{255, 200, 0};
constexpr Colour kSquare{40, 120, 255};
constexpr Colour kNothing{230, 0, 0};

bool same_box(const face::Box& a, const face::Box& b) {
  return a.x1 == b.x1 && a.y1 == b.y1 && a.x2 == b.x2 && a.y2 == b.y2;
}

}  // namespace

double tenths(double value) {
  return std::round(value * 10.0) / 10.0 + 0.0;  // no -0
}

std::vector<face::Face> from_the_left(std::vector<face::Face> faces) {
  std::stable_sort(faces.begin(), faces.end(), [](const face::Face& a, const face::Face& b) {
    return a.box.centre().x < b.box.centre().x;
  });
  return faces;
}

void draw_overlay(Frame& frame, const SeenFaces& seen) {
  const int width = line_width(frame);
  const auto draw_face = [&](const face::Face& face, Colour colour) {
    draw_box(frame, face.box, colour, width);
    for (const face::Point& point : face.landmarks) {
      draw_dot(frame, point, colour, width + 1);
    }
  };
  for (std::size_t i = 0; i < seen.faces.size(); ++i) {
    const face::Face& face = seen.faces[i];
    const bool chosen = seen.chosen && same_box(face.box, seen.chosen->box);
    draw_face(face, chosen ? kChosen : kOther);
    draw_number(frame,
                static_cast<int>(i),
                {.x = face.box.x1 + 2 * width, .y = face.box.y1 + 2 * width},
                chosen ? kChosen : kOther,
                10 * width);
  }
  if (seen.chosen) {
    draw_face(*seen.chosen, kChosen);  // also one that only --ref-box or --drive-box sees
  } else {
    draw_box(frame,
             {.x1 = 0,
              .y1 = 0,
              .x2 = static_cast<double>(frame.width),
              .y2 = static_cast<double>(frame.height)},
             kNothing,
             2 * width);
  }
  if (seen.square) {
    draw_box(frame,
             {.x1 = static_cast<double>(seen.square->x1),
              .y1 = static_cast<double>(seen.square->y1),
              .x2 = static_cast<double>(seen.square->x2),
              .y2 = static_cast<double>(seen.square->y2)},
             kSquare,
             width);
  }
}

PixelBox pixel_box(const face::Box& box) {
  return {tenths(box.x1), tenths(box.y1), tenths(box.width()), tenths(box.height())};
}

PixelBox pixel_box(const face::CropBox& box) {
  return {static_cast<double>(box.x1),
          static_cast<double>(box.y1),
          static_cast<double>(box.width()),
          static_cast<double>(box.height())};
}

SeenFace seen_face(const Frame& frame, const face::Face& face) {
  const HeadPose pose = pose_from_landmarks(face.landmarks);
  SeenFace seen{.score = std::round(face.score * 1000.0) / 1000.0,
                .box = pixel_box(face.box),
                .landmarks = {},
                .pose = {tenths(pose.yaw), tenths(pose.pitch), tenths(pose.roll)},
                .sharpness = tenths(sharpness(frame, face.box))};
  std::transform(face.landmarks.begin(),
                 face.landmarks.end(),
                 seen.landmarks.begin(),
                 [](const face::Point& point) {
                   return PixelPoint{tenths(point.x), tenths(point.y)};
                 });
  return seen;
}

}  // namespace hyportrait::inspection
