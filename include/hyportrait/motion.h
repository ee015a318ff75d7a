// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/inspect.h>
#include <hyportrait/progress.h>
#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait {

/// What is read of a driver into a motion file (docs/motion.md).
struct ExtractOptions {
  std::filesystem::path input;   ///< a clip, a folder or %04d.png of pictures, or one picture
  std::filesystem::path output;  ///< empty: <input>.motion in the current folder
  std::filesystem::path bundle;  ///< whose networks read; empty: models/official, models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::optional<int> size;       ///< px, as AnimateOptions::size of the runs that take the file
  std::optional<double> start_seconds;
  std::optional<double> end_seconds;
  std::optional<std::int64_t> max_frames;  ///< 1 or more
  std::optional<Rational> fps;             ///< unset: the clip's own time stamps
  FaceSelector drive_face;
  std::optional<PixelBox> drive_box;
  NoFacePolicy no_face = NoFacePolicy::hold;
  DriveCrop drive_crop = DriveCrop::fixed;
  bool overwrite = false;
};

/// What a motion file holds.
struct MotionInfo {
  std::filesystem::path path;
  std::int64_t frames = 0;
  double seconds = 0.0;
  double frame_rate = 0.0;  ///< average
  bool variable_frame_rate = false;
  bool picture = false;  ///< of a picture, not of a clip
  PixelSize size;        ///< of the driver
  int image_size = 0;    ///< px: for runs of this size
  NoFacePolicy no_face = NoFacePolicy::hold;
  DriveCrop drive_crop = DriveCrop::fixed;
  std::vector<FrameRun> without_face;  ///< frames that were filled in
  double skipped_seconds = 0.0;        ///< time without a face that was left out
  /// Degrees by the name of the angle: yaw, pitch, roll, positive to the picture's right, down,
  /// clockwise; "angle 1" to "angle 3" as they are where the bundle does not say which is which.
  std::vector<std::pair<std::string, Range>> angles;
  double face_movement = 0.0;  ///< of the landmarks beside the nose, mean, % of the face's size
  double head_movement = 0.0;  ///< of the nose, mean, % of the face's size
  std::vector<std::string> warnings;  ///< of the extraction
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const MotionInfo& info);

#if HYPORTRAIT_HAS_MEDIA

/// Reads a driver's motion into a file that animate, batch and metrics take in its place. Throws
/// Error. One run at a time (hyportrait/api.h).
HYPORTRAIT_API MotionInfo extract_motion(const ExtractOptions& options, const RunHooks& hooks);

/// Throws Error(input) for what is no usable motion file.
HYPORTRAIT_API MotionInfo motion_info(const std::filesystem::path& file);

#endif

}  // namespace hyportrait
