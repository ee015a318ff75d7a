// SPDX-License-Identifier: Apache-2.0
#include "face/motion_buckets.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::face {
namespace {

constexpr std::size_t kNose = 2;
// Levels per unit of mean motion / face diagonal (src/dataset/utils.py:315,324).
constexpr double kExpressionLevels = 1024;
constexpr double kHeadLevels = 256;

Point minus(Point a, Point b) {
  return {.x = a.x - b.x, .y = a.y - b.y};
}

Landmarks relative_to_nose(const Landmarks& landmarks) {
  Landmarks result;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    result[i] = minus(landmarks[i], landmarks[kNose]);
  }
  return result;
}

double diagonal(const Landmarks& landmarks) {
  const auto by_x = [](Point a, Point b) { return a.x < b.x; };
  const auto by_y = [](Point a, Point b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(landmarks.begin(), landmarks.end(), by_x);
  const auto [top, bottom] = std::minmax_element(landmarks.begin(), landmarks.end(), by_y);
  return std::sqrt((right->x - left->x) * (right->x - left->x) +
                   (bottom->y - top->y) * (bottom->y - top->y));
}

/// Mean distance of a point from its mean place over the frames.
template <class PointOfFrame>
double mean_distance(std::size_t frames, PointOfFrame&& point_of_frame) {
  Point mean;
  for (std::size_t i = 0; i < frames; ++i) {
    const Point p = point_of_frame(i);
    mean.x += p.x;
    mean.y += p.y;
  }
  mean.x /= static_cast<double>(frames);
  mean.y /= static_cast<double>(frames);
  double sum = 0.0;
  for (std::size_t i = 0; i < frames; ++i) {
    const Point d = minus(point_of_frame(i), mean);
    sum += std::sqrt(d.x * d.x + d.y * d.y);
  }
  return sum / static_cast<double>(frames);
}

int to_bucket(double level, int buckets) {
  // Clamped before the conversion: an int cannot hold every level.
  return static_cast<int>(std::clamp(level, 0.0, static_cast<double>(buckets - 1)));
}

}  // namespace

Movement movement(std::span<const Landmarks> landmarks) {
  if (landmarks.empty()) {
    return {};
  }
  const double scale = diagonal(relative_to_nose(landmarks[0]));
  if (!(scale > 0.0)) {
    return {};
  }
  double expression = 0.0;
  for (std::size_t k = 0; k < landmarks[0].size(); ++k) {
    expression += mean_distance(landmarks.size(), [&](std::size_t frame) {
      return minus(landmarks[frame][k], landmarks[frame][kNose]);
    });
  }
  expression /= static_cast<double>(landmarks[0].size());
  const double head =
      mean_distance(landmarks.size(), [&](std::size_t frame) { return landmarks[frame][kNose]; });
  return {.head = head / scale, .expression = expression / scale};
}

MotionIntensity motion_intensity(std::span<const Landmarks> landmarks, int buckets) {
  const Movement moved = movement(landmarks);
  return {.head = to_bucket(moved.head * kHeadLevels, buckets),
          .expression = to_bucket(moved.expression * kExpressionLevels, buckets)};
}

}  // namespace hyportrait::face
