// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/inspect.h>

#include "base/atomic_file.h"
#include "face/detector.h"
#include "face/select.h"
#include "inspect/parts.h"
#include "inspect/series.h"
#include "media/image_io.h"
#include "media/video_writer.h"
#include "nn/device.h"
#include "options/tool_options.h"
#include "output/output_file.h"
#include "output/targets.h"
#include "plan/default_bundle.h"
#include "plan/drawn.h"
#include "run/one_run.h"
#include "run/reporter.h"

#include <optional>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

void check_overlay(const InspectOptions& options, bool picture) {
  if (options.overlay.empty()) {
    return;
  }
  std::error_code ignored;
  const std::string name = options.overlay.string();
  if (picture != (options.overlay.extension() == ".png")) {
    throw Error(ExitCode::usage,
                name +
                    ": the overlay of a picture is a .png, that of a clip an .mp4, .mov, .mkv "
                    "or .webm");
  }
  if (fs::equivalent(options.overlay, options.input, ignored)) {
    throw Error(ExitCode::usage, name + ": the overlay would replace the input");
  }
  check_target(options.overlay, options.overwrite);
}

void check_plot(const InspectOptions& options, bool picture) {
  if (options.plot.empty()) {
    return;
  }
  if (picture) {
    throw Error(ExitCode::usage,
                "--plot: " + options.input.string() + " is a picture, which has nothing over time");
  }
  std::error_code ignored;
  if (fs::equivalent(options.plot, options.input, ignored)) {
    throw Error(ExitCode::usage, options.plot.string() + ": the plot would replace the input");
  }
  check_target(options.plot, options.overwrite);
}

void check_box(const InspectOptions& options, PixelSize picture) {
  if (options.box) {
    face::check_box(*options.box, picture, "--box", options.input.string());
  }
}

/// The clip of the overlay, on its way.
struct OverlayClip {
  OutputFile file;
  media::VideoWriter writer;

  OverlayClip(const fs::path& path, bool overwrite, const media::VideoInfo& info)
      : file(path, overwrite),
        writer(file.part(),
               {.name = path,
                .width = info.width,
                .height = info.height,
                .frame_rate = info.frame_rate,
                .time_base = info.time_base,
                .codec = media::default_codec(path)}) {}
};

Inspection inspect_clip_file(const InspectOptions& options,
                             const face::DetectFaces& detect,
                             const nn::BundleConfig& config,
                             const RunHooks& hooks) {
  media::VideoReader reader(options.input,
                            {.start_seconds = options.start_seconds,
                             .end_seconds = options.end_seconds,
                             .max_frames = options.max_frames.value_or(0)});
  const media::VideoInfo& info = reader.info();
  check_box(options, {info.width, info.height});
  run::Reporter reporter(hooks, "inspect", options.max_frames.value_or(info.frame_count_hint));
  std::optional<OverlayClip> clip;
  inspection::OverlaySink sink;
  if (!options.overlay.empty()) {
    clip.emplace(options.overlay, options.overwrite, info);
    sink = [&clip](const Frame& frame) { clip->writer.write(frame); };
  }
  std::int64_t frames = 0;
  Inspection inspection = inspection::inspect_clip(
      options,
      info,
      [&] {
        reporter.at(frames++);
        return reader.next();
      },
      detect,
      config,
      sink);
  if (clip) {
    clip->writer.finish();
    clip->file.commit();
  }
  if (!options.plot.empty()) {
    const auto& findings = std::get<ClipFindings>(inspection.findings);
    const std::string title = options.input.filename().string();
    write_file_atomically(options.plot, plot::to_svg(inspection::plot_of(findings, title)));
  }
  reporter.finish();
  return inspection;
}

}  // namespace

Inspection inspect(const InspectOptions& options, const RunHooks& hooks) {
  validate(options);
  const run::OneRun one("inspect");
  const bool picture = media::is_still_picture(options.input);
  check_overlay(options, picture);
  check_plot(options, picture);
  if (!picture) {
    const media::VideoReader readable(options.input);  // a broken clip is said before a bundle is
  }
  const nn::Bundle bundle = plan::open_bundle(options.bundle);
  const nn::BundleConfig& config = bundle.manifest().config;
  const nn::Device device = nn::resolve_device(options.device);
  face::Detector detector(bundle.load("face_detector", device, nn::Precision::fp32),
                          config.detector);
  const auto detect = [&](const Frame& frame) { return detector(frame); };
  if (!picture) {
    return inspect_clip_file(options, detect, config, hooks);
  }
  inspection::OverlaySink sink;
  if (!options.overlay.empty()) {
    sink = [&](const Frame& drawn) { media::write_png(options.overlay, drawn); };
  }
  const Frame frame = media::read_image(options.input, {255, 255, 255});
  check_box(options, {frame.width, frame.height});
  Inspection inspection = inspection::inspect_picture(options, frame, detect, config, sink);
  if (const auto warning =
          plan::portrait_warning(bundle.manifest(), frame, options.input.string())) {
    inspection.advice.insert(inspection.advice.begin(), "warning: " + *warning);
  }
  return inspection;
}

}  // namespace hyportrait
