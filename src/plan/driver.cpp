// SPDX-License-Identifier: Apache-2.0
#include "plan/driver.h"

#include <hyportrait/error.h>

#include "media/image_io.h"
#include "media/video_writer.h"
#include "motion/motion_file.h"
#include "options/animate_options.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;

/// How many frames a clip will give, as its container states them.
std::int64_t expected_frames(const media::VideoInfo& clip, const media::ReaderOptions& reader) {
  const bool whole = !reader.start_seconds && !reader.end_seconds && !reader.fps;
  std::int64_t frames = clip.frame_count_hint;
  if (!whole || frames <= 0) {
    const double end =
        std::min(clip.duration_seconds, reader.end_seconds.value_or(clip.duration_seconds));
    frames = std::llround(std::max(0.0, end - reader.start_seconds.value_or(0.0)) *
                          clip.frame_rate.value());
  }
  return reader.max_frames > 0 && (frames <= 0 || frames > reader.max_frames) ? reader.max_frames
                                                                              : frames;
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ExitCode::usage, what);
}

/// What was settled when the motion was extracted is not asked for again.
void check_settled(const FaceOptions& face, const motion::MotionFacts& facts) {
  const std::string name = face.drive.string();
  if (face.drive_face.index || face.drive_face.point || face.drive_box) {
    refuse(name +
           ": the face was chosen when the motion was extracted; give --drive-face or "
           "--drive-box to hyportrait motion extract");
  }
  if (face.no_face != NoFacePolicy::hold && face.no_face != facts.no_face) {
    refuse(name +
           ": frames without a face were settled when the motion was extracted; give "
           "--no-face to hyportrait motion extract");
  }
  if (face.drive_crop == DriveCrop::follow && facts.drive_crop != DriveCrop::follow) {
    refuse(name +
           ": was extracted with --drive-crop fixed; give --drive-crop follow to hyportrait "
           "motion extract");
  }
}

Driver motion_driver(const AnimateOptions& options,
                     const media::ReaderOptions& reader,
                     const nn::BundleConfig& config) {
  const std::string name = options.face.drive.string();
  const motion::MotionFile file = motion::read_motion(options.face.drive);
  check_settled(options.face, file.facts);
  if (options.side_by_side) {
    refuse("--side-by-side shows the driver's pictures, which " + name +
           " does not have: it is a motion file; give the clip that it was extracted from");
  }
  motion::check_setting(file.facts, config, name);
  return {
      .kind = DriverKind::motion_file,
      .picture = file.facts.picture,
      .info = motion::video_info(file, reader),
      .frames_expected = motion::part_of(file.motion, reader, file.facts.picture, name).frames()};
}

}  // namespace

Driver look_at_driver(const AnimateOptions& options,
                      const media::ReaderOptions& reader,
                      const nn::BundleConfig& config) {
  const fs::path& drive = options.face.drive;
  if (motion::is_motion_file(drive)) {
    return motion_driver(options, reader, config);
  }
  Driver driver{.info = media::VideoReader(drive, reader).info()};
  driver.frames_expected = expected_frames(driver.info, reader);
  if (media::is_still_picture(drive)) {
    driver.kind = DriverKind::picture;
    driver.picture = true;
  }
  return driver;
}

void check_motion_options(const AnimateOptions& options, const nn::BundleConfig& config) {
  const MotionOptions& motion = options.motion;
  if (motion.pose_offset && config.motion.rotation_order.empty()) {
    refuse(
        "--pose-offset: this bundle does not say which of its head pose's numbers is yaw, pitch "
        "and roll (config.motion.rotation_order in its manifest)");
  }
  if (motion.pose_drive.empty() || motion.pose_drive == kPortraitsPose) {
    return;
  }
  if (motion::is_motion_file(motion.pose_drive)) {
    motion::check_setting(
        motion::read_motion(motion.pose_drive).facts, config, motion.pose_drive.string());
  } else {
    const media::VideoReader readable(motion.pose_drive);
  }
}

void check_picture_output(const AnimateOptions& options,
                          const fs::path& output,
                          const Driver& driver) {
  if (!media::has_still_ending(output)) {
    return;
  }
  if (!driver.picture) {
    refuse(output.string() + ": is a picture's name, and " + options.face.drive.string() +
           " is a clip; name a video (.mp4), or give one picture as the driver");
  }
  if (options.codec != media::kAutoCodec || options.crf || options.pixel_format != "yuv420p") {
    refuse(
        output.string() +
        ": is a picture, for which --codec, --crf and --pixel-format mean nothing; leave them out");
  }
}

}  // namespace hyportrait::plan
