// SPDX-License-Identifier: Apache-2.0
#include "face/follow.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::face {
namespace {

constexpr double kFollowSeconds = 1.5;  // time constant of the low pass

/// How far [low, high) has to move, in whole pixels, to contain [inner_low, inner_high); of a wider
/// one its middle.
double push_to_contain(double low, double high, double inner_low, double inner_high) {
  if (inner_high - inner_low > high - low) {
    return std::round((inner_low + inner_high - low - high) / 2);
  }
  return std::ceil(std::max(inner_high - high, 0.0)) + std::floor(std::min(inner_low - low, 0.0));
}

/// Where a window of `size` px that would begin at `low` begins to stay inside 0 .. `picture`; one
/// that is larger than the picture goes where it would.
double kept_inside(double low, double size, int picture) {
  return size > picture ? low : std::clamp(low, 0.0, picture - size);
}

/// The rectangle that the face takes: its box and its landmarks, which may lie outside.
Box extent(const Face& face) {
  Box box = face.box;
  for (const Point& point : face.landmarks) {
    box.x1 = std::min(box.x1, point.x);
    box.y1 = std::min(box.y1, point.y);
    box.x2 = std::max(box.x2, point.x + 1.0);
    box.y2 = std::max(box.y2, point.y + 1.0);
  }
  return box;
}

}  // namespace

const HeadAnchor& HeadFollower::next(const Face& face, const Frame& frame) {
  if (!first_) {
    first_ = head_anchor(face, frame, config_);
    anchor_ = first_;
    centre_ = face.box.centre();
  } else if (kind_ == DriveCrop::follow) {
    follow(face, frame);
  }
  last_seconds_ = frame.pts_seconds;
  return *anchor_;
}

void HeadFollower::follow(const Face& face, const Frame& frame) {
  const double weight = -std::expm1(-(frame.pts_seconds - last_seconds_) / kFollowSeconds);
  const Point now = face.box.centre();
  centre_.x += weight * (now.x - centre_.x);
  centre_.y += weight * (now.y - centre_.y);
  const CropBox& start = first_->square;
  const Point from = first_->first_box.centre();
  const Box seen = extent(face);
  const double side = start.width();
  double x = std::round(start.x1 + centre_.x - from.x);
  double y = std::round(start.y1 + centre_.y - from.y);
  const double push_x = push_to_contain(x, x + side, seen.x1, seen.x2);
  const double push_y = push_to_contain(y, y + side, seen.y1, seen.y2);
  centre_.x += push_x;
  centre_.y += push_y;
  x = kept_inside(x + push_x, side, frame.width);
  y = kept_inside(y + push_y, side, frame.height);
  const int dx = static_cast<int>(std::lround(x)) - start.x1;
  const int dy = static_cast<int>(std::lround(y)) - start.y1;
  const Box& box = first_->first_box;
  anchor_ = HeadAnchor{
      .first_box = {.x1 = box.x1 + dx, .y1 = box.y1 + dy, .x2 = box.x2 + dx, .y2 = box.y2 + dy},
      .square = {
          .x1 = start.x1 + dx, .y1 = start.y1 + dy, .x2 = start.x2 + dx, .y2 = start.y2 + dy}};
}

Point HeadFollower::moved() const {
  return anchor_ ? Point{.x = static_cast<double>(anchor_->square.x1 - first_->square.x1),
                         .y = static_cast<double>(anchor_->square.y1 - first_->square.y1)}
                 : Point{};
}

Landmarks without_movement(const Landmarks& landmarks, Point moved) {
  Landmarks result = landmarks;
  for (Point& point : result) {
    point.x -= moved.x;
    point.y -= moved.y;
  }
  return result;
}

}  // namespace hyportrait::face
