// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "face/face.h"

#include <optional>
#include <vector>

namespace hyportrait::face {

/// How a Tracker picks the driving face.
struct TrackOptions {
  FaceSelector selector{};     ///< which face to begin with
  std::optional<Box> place{};  ///< the user's box of the face to begin with; overrides `selector`
  /// The original's rule: the largest face of each frame, whoever it is
  /// (test_preprocess.py:234-237).
  bool largest_of_each_frame = false;
};

/// Follows one person through a clip. A face continues the track when it overlaps the last one or
/// is near to it in units of its size; what is lost for more than a second may come back anywhere.
class Tracker final {
 public:
  explicit Tracker(TrackOptions options);

  /// The person's face among a frame's detections; nothing when it is not there. Call once a frame,
  /// in order of time. With a `place` in which no face was ever detected, that place's face (see
  /// face_at).
  std::optional<Face> next(const std::vector<Face>& faces, double pts_seconds);

  /// Whether the last next() took up a face elsewhere after a second without one: worth a warning,
  /// it may be another person.
  [[nodiscard]] bool jumped() const { return jumped_; }

 private:
  std::optional<Face> begin(const std::vector<Face>& faces);
  std::optional<Face> follow(const std::vector<Face>& faces, double seconds_since_seen);

  TrackOptions options_;
  std::optional<Face> last_;  ///< as detected
  double last_seconds_ = 0.0;
  bool jumped_ = false;
};

}  // namespace hyportrait::face
