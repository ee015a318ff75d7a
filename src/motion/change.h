// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>

#include "face/face.h"
#include "motion/motion.h"

#include <torch/types.h>

#include <optional>
#include <string>
#include <vector>

namespace hyportrait::motion {

// Note [What becomes of the motion]
// In this order, each only where it is asked for, so that a run without them keeps the original's
// bits: the pose of another driver (by time), smoothing, strength and the portrait's own motion
// about the neutral, the offset.
//
// A bundle whose pose image is drawn shows the generator the driver's landmarks, and the arrays
// alone move the result too little (of a pose strength of .5 the demo made .66). So landmarks
// follow the pose: those of --pose-drive are that driver's, and the change that was made to the
// pose moves them by a ridge regression of their coordinates on the six numbers of the pose over
// the clip.

/// Whose motion it is.
struct Drivers {
  const Motion& face;      ///< --drive
  const Motion* pose;      ///< --pose-drive, with times of its own; nullptr: `face` gives the pose
  const Motion* portrait;  ///< one frame: of the portrait; needed where wants_portrait() says so
};

/// Whether the portrait's own motion takes part.
bool wants_portrait(const MotionOptions& options);

/// A motion as it moves the portrait.
struct Changed {
  torch::Tensor expression;                ///< [N,E] float32
  torch::Tensor head_pose;                 ///< [N,6] float32
  std::vector<face::Landmarks> landmarks;  ///< of the pose image, px of a head crop of `side` px
  std::vector<face::MotionIntensity> intensities;  ///< of each batch; not changed by strength
};

/// What decides a change beside the options.
struct ChangeSetting {
  int side = 0;  ///< px, of the head crop
  int bucket_frames = 0;
  int buckets = 0;
  std::vector<std::string> rotation_order;  ///< nn::MotionConfig::rotation_order
  std::string name;                         ///< of the driver, for messages
};

/// Throws Error(input) where --neutral names a frame without a face, or time without a frame;
/// Error(usage) for a --pose-offset where the rotation order is unknown.
Changed change(const Drivers& drivers, const MotionOptions& options, const ChangeSetting& setting);

}  // namespace hyportrait::motion
