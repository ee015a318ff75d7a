// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "conditions/motion.h"
#include "face/detect.h"
#include "face/track.h"
#include "media/video_writer.h"
#include "motion/motion.h"
#include "nn/manifest.h"
#include "run/beside.h"
#include "run/reporter.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hyportrait::run {

struct MotionRequest {
  std::string name;  ///< of the clip, for messages
  face::TrackOptions track{};
  NoFacePolicy no_face = NoFacePolicy::hold;
  DriveCrop drive_crop = DriveCrop::fixed;
};

/// What the driving clip contributes.
struct DrivingMotion {
  motion::Motion motion;  ///< of the frames to write, moved up in time where some were skipped
  std::vector<double> driver_seconds;    ///< of the frames to write, in the reader's time
  std::vector<bool> written;             ///< by frame of the clip: false where skipped
  std::vector<media::Interval> dropped;  ///< skipped time, in the reader's time
  bool ended_early =
      false;  ///< the clip continues after its last frame here (VideoReader::ended_early)
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
                            const conditions::MotionEncoders& encoders,
                            Reporter& reporter);

}  // namespace hyportrait::run
