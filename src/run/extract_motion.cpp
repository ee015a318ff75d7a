// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/motion.h>

#include "base/log.h"
#include "face/select.h"
#include "media/image_io.h"
#include "motion/motion_file.h"
#include "motion/motion_info.h"
#include "options/tool_options.h"
#include "output/targets.h"
#include "plan/default_bundle.h"
#include "plan/plan.h"
#include "run/driver.h"
#include "run/one_run.h"

#include <utility>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

/// The options of a run with this driver.
AnimateOptions as_driver(const ExtractOptions& options) {
  AnimateOptions driver;
  driver.face.drive = options.input;
  driver.face.drive_face = options.drive_face;
  driver.face.drive_box = options.drive_box;
  driver.face.no_face = options.no_face;
  driver.face.drive_crop = options.drive_crop;
  driver.start_seconds = options.start_seconds;
  driver.end_seconds = options.end_seconds;
  driver.max_frames = options.max_frames;
  driver.fps = options.fps;
  return driver;
}

fs::path motion_path(const ExtractOptions& options) {
  if (!options.output.empty()) {
    return options.output;
  }
  AnimateOptions named;
  named.face = {.ref = "motion", .drive = options.input};
  const std::string stem = fs::path(default_output_name(named)).stem().string();
  return stem.substr(std::string("motion_").size()) + ".motion";
}

void check_target_file(const ExtractOptions& options, const fs::path& output) {
  std::error_code ignored;
  if (fs::equivalent(output, options.input, ignored)) {
    throw Error(ExitCode::usage, output.string() + ": the motion file would replace its clip");
  }
  if (motion::is_motion_file(options.input)) {
    throw Error(
        ExitCode::usage,
        options.input.string() + ": is a motion file already; hyportrait motion info shows it");
  }
  check_target(output, options.overwrite);
}

motion::MotionFacts facts_of(const ExtractOptions& options,
                             const media::VideoInfo& clip,
                             const nn::BundleConfig& config) {
  return {.picture = media::is_still_picture(options.input),
          .size = {clip.width, clip.height},
          .frame_rate = clip.frame_rate,
          .time_base = clip.time_base,
          .variable_frame_rate = clip.variable_frame_rate,
          .no_face = options.no_face,
          .drive_crop = options.drive_crop,
          .image_size = config.image_size,
          .crop = config.crop,
          .weights = {},
          .rotation_order = config.motion.rotation_order,
          .dropped = {}};
}

}  // namespace

MotionInfo extract_motion(const ExtractOptions& options, const RunHooks& hooks) {
  validate(options);
  const run::OneRun one("motion extract");
  const fs::path output = motion_path(options);
  check_target_file(options, output);
  const AnimateOptions driver = as_driver(options);
  const media::VideoInfo clip =
      media::VideoReader(options.input, plan::reader_options(driver)).info();
  if (options.drive_box) {
    face::check_box(
        *options.drive_box, {clip.width, clip.height}, "--drive-box", options.input.string());
  }
  const nn::Bundle bundle = plan::open_bundle(options.bundle);
  const nn::Device device = nn::resolve_device(options.device);
  nn::BundleConfig config = bundle.manifest().config;
  config.image_size = options.size.value_or(config.image_size);
  motion::MotionFile file{.motion = {}, .facts = facts_of(options, clip, config)};
  face::Detector detector(bundle.load("face_detector", device, nn::Precision::fp32),
                          config.detector);
  run::Reporter reporter(hooks, "motion", options.max_frames.value_or(clip.frame_count_hint));
  run::DrivingMotion driving =
      run::read_driver(driver, {bundle, device, config, detector}, reporter);
  for (const std::string& warning : driving.warnings) {
    logger().warn("{}", warning);
  }
  file.motion = std::move(driving.motion);
  file.facts.dropped = std::move(driving.dropped);
  file.facts.weights = motion::weights_of(bundle, device);
  motion::write_motion(output, file);
  MotionInfo info = motion::describe(file, output);
  info.warnings = std::move(driving.warnings);
  return info;
}

MotionInfo motion_info(const fs::path& file) {
  return motion::describe(motion::read_motion(file), file);
}

}  // namespace hyportrait
