// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "face/face.h"
#include "face/motion_buckets.h"
#include "media/video_reader.h"
#include "media/video_writer.h"

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace hyportrait::motion {

/// When a frame is shown, s from the driver's beginning.
struct FrameTime {
  double pts_seconds = 0.0;
  double duration_seconds = 0.0;
};

/// What a driver contributes, by frame: N of them. Grows by about 2.3 KB a frame.
struct Motion {
  torch::Tensor expression;  // [N,E] float32, CPU
  torch::Tensor head_pose;   // [N,6] float32, CPU: rotation in degrees, then translation
  std::vector<FrameTime> times;
  /// Px of the driver's picture, less what the squares have moved (face::HeadFollower).
  std::vector<face::Landmarks> landmarks;
  std::vector<bool> detected;  ///< false: held or interpolated from other frames
  face::CropBox square;        ///< around the first head, px of the driver's picture

  [[nodiscard]] std::int64_t frames() const { return static_cast<std::int64_t>(times.size()); }
};

/// Columns of Motion::head_pose that are angles.
inline constexpr std::int64_t kAngles = 3;

/// The same motion with frames that were not `detected` on a straight line between their known
/// neighbours, angles the short way; before the first and after the last known frame, as that one.
Motion interpolated(Motion motion);

/// The frames in the order of `indices`, with times of their own.
Motion taken(const Motion& motion,
             const std::vector<std::int64_t>& indices,
             std::vector<FrameTime> times);

/// What media::VideoReader would give of a clip with these frames: of [start, end), the first
/// max_frames, at a constant rate. `picture`: a single one, which fps only times. Throws
/// Error(input) naming `name` when nothing is left.
Motion part_of(const Motion& motion,
               const media::ReaderOptions& options,
               bool picture,
               const std::string& name);

/// How another motion is at these times: linear between its known frames, angles the short way, its
/// ends held. All frames count as detected.
Motion at_times(const Motion& motion, const std::vector<FrameTime>& times);

/// Angles [N,3] in degrees without jumps of a turn from frame to frame.
torch::Tensor unwrapped(const torch::Tensor& angles);

/// Angles in (-180, 180].
torch::Tensor wrapped(const torch::Tensor& angles);

/// The intensity of each batch of `bucket_frames` frames: the head's from `head`, the expression's
/// from `face`; of detected frames only.
std::vector<face::MotionIntensity> intensities(const Motion& face,
                                               const Motion& head,
                                               int bucket_frames,
                                               int buckets);

}  // namespace hyportrait::motion
