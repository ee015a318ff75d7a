// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "conditions/motion.h"
#include "face/crop.h"
#include "face/detect.h"
#include "face/track.h"
#include "media/video_writer.h"
#include "nn/manifest.h"
#include "run/beside.h"
#include "run/reporter.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::run {

struct FrameTime {
  double pts_seconds = 0.0;
  double duration_seconds = 0.0;
};

struct MotionRequest {
  std::string name;  ///< of the clip, for messages
  face::TrackOptions track{};
  NoFacePolicy no_face = NoFacePolicy::hold;
};

/// What the driving clip contributes. Grows by the tokens and about 150 bytes a frame.
struct DrivingMotion {
  conditions::MotionTokens tokens;
  std::vector<FrameTime> times;  ///< of the frames to write, moved up where frames were skipped
  std::vector<bool> written;     ///< by frame of the clip: false where skipped
  std::vector<face::Landmarks>
      landmarks;  ///< of the written frames, px of the head crop at image_size
  std::vector<media::Interval> dropped;  ///< skipped time, in the reader's time
  bool ended_early =
      false;  ///< the clip goes on after its last frame here (VideoReader::ended_early)
  bool clock_jumped = false;  ///< VideoReader::clock_jumped
  std::int64_t frames_without_face = 0;
  std::vector<std::string> warnings;
};

/// Follows the driving face through the clip and encodes its motion, frame by frame. Throws
/// Error(input) naming the clip when no frame has a face, or at the first without one under
/// NoFacePolicy::error.
DrivingMotion encode_motion(const NextFrame& next_frame,
                            const face::DetectFaces& detect,
                            const MotionRequest& request,
                            const nn::BundleConfig& config,
                            conditions::MotionEncoder& encoder,
                            Reporter& reporter);

}  // namespace hyportrait::run
