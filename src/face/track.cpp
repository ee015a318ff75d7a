// SPDX-License-Identifier: Apache-2.0
#include "face/track.h"

#include "face/select.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hyportrait::face {
namespace {

constexpr double kAnywhereAfterSeconds = 1.0;  // docs/cli.md, Faces
// Between frames a talking head moves by a small part of its size; the reach grows while it is
// unseen.
constexpr double kReach = 0.6;           // of the face's size, between centres
constexpr double kReachPerSecond = 1.0;  // more of it a second
constexpr double kOverlapEnough =
    0.3;  // a box that overlaps this much is the same face at any distance
constexpr double kLargestGrowth = 2.0;  // in size, either way

double size_of(const Box& box) {
  return std::sqrt(std::max(box.area(), 1.0));
}

/// How unlike two boxes of one face in successive frames are: distance of the centres in face sizes
/// plus the logarithm of their size ratio.
double unlikeness(const Box& before, const Box& now) {
  const Point a = before.centre();
  const Point b = now.centre();
  return std::hypot(b.x - a.x, b.y - a.y) / size_of(before) +
         std::abs(std::log(size_of(now) / size_of(before)));
}

bool may_continue(const Box& before, const Box& now, double seconds) {
  const double growth = size_of(now) / size_of(before);
  if (growth > kLargestGrowth || growth < 1.0 / kLargestGrowth) {
    return false;
  }
  const Point a = before.centre();
  const Point b = now.centre();
  const double distance = std::hypot(b.x - a.x, b.y - a.y) / size_of(before);
  return intersection_over_union(before, now) >= kOverlapEnough ||
         distance <= kReach + kReachPerSecond * seconds;
}

}  // namespace

Tracker::Tracker(TrackOptions options) : options_(options) {}

std::optional<Face> Tracker::next(const std::vector<Face>& faces, double pts_seconds) {
  jumped_ = false;
  if (options_.largest_of_each_frame) {
    return largest(faces);
  }
  const std::optional<Face> found =
      last_ ? follow(faces, pts_seconds - last_seconds_) : begin(faces);
  if (found) {
    last_seconds_ = pts_seconds;
  }
  return found;
}

std::optional<Face> Tracker::begin(const std::vector<Face>& faces) {
  if (options_.place) {
    last_ = best_inside(faces, *options_.place);
    return face_at(faces, *options_.place);
  }
  last_ = choose(faces, options_.selector);
  return last_;
}

std::optional<Face> Tracker::follow(const std::vector<Face>& faces, double seconds_since_seen) {
  const auto best_match = [&](bool anywhere) {
    std::optional<Face> best;
    double best_unlikeness = std::numeric_limits<double>::infinity();
    for (const Face& face : faces) {
      const double value = unlikeness(last_->box, face.box);
      if ((anywhere || may_continue(last_->box, face.box, seconds_since_seen)) &&
          value < best_unlikeness) {
        best = face;
        best_unlikeness = value;
      }
    }
    return best;
  };
  std::optional<Face> found = best_match(false);
  if (!found && seconds_since_seen > kAnywhereAfterSeconds) {
    found = best_match(true);
    jumped_ = found.has_value();
  }
  if (found) {
    last_ = found;
  }
  return found;
}

}  // namespace hyportrait::face
