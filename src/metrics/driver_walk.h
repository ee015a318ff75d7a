// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/crop.h"
#include "face/detect.h"
#include "metrics/frame_source.h"
#include "metrics/head_walk.h"
#include "metrics/judge.h"
#include "motion/motion_file.h"
#include "nn/manifest.h"
#include "output/sidecar.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace hyportrait::metrics {

/// The driver's frame of a frame of the result.
struct DriverFrame {
  std::optional<double> seconds;        ///< in the driver; nothing without the run's sidecar
  std::optional<Frame> picture;         ///< nothing of a motion file
  std::optional<DriverView> view;       ///< nothing where there is no face
  std::optional<face::CropBox> square;  ///< around the head in `picture`
};

/// Asked for only where the driver is a motion file.
using ReadWeights = std::function<motion::ReaderWeights()>;

/// Goes through a driver, clip or motion file, as the run of a result went through it.
class DriverWalk final {
 public:
  /// `run`: of the result's sidecar. Throws Error(input), also for a motion file of another bundle.
  DriverWalk(const std::filesystem::path& drive,
             const std::optional<RunSettings>& run,
             const face::DetectFaces& detect,
             const nn::BundleConfig& config,
             const ReadWeights& weights);

  /// The driver of the result's next frame; nothing at the end. A run that skipped has none without
  /// a face.
  std::optional<DriverFrame> next();

 private:
  std::optional<DriverFrame> next_of_clip();
  std::optional<DriverFrame> next_of_motion();

  bool skips_;
  std::optional<double> start_;  ///< s of the driver's own time; nothing without a sidecar
  std::optional<FrameSource> frames_;
  std::optional<HeadWalk> head_;
  std::optional<motion::Motion> motion_;
  std::int64_t at_ = 0;  // of motion_
};

}  // namespace hyportrait::metrics
