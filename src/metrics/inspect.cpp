// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/inspect.h>

#include "core/json_strict.h"
#include "face/detector.h"
#include "media/image_io.h"
#include "media/video_writer.h"
#include "metrics/frame_source.h"
#include "metrics/inspect_parts.h"
#include "nn/device.h"
#include "pipeline/default_bundle.h"
#include "pipeline/reporter.h"

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
  if (fs::exists(options.overlay, ignored) && !options.overwrite) {
    throw Error(ExitCode::usage, name + ": exists already; pass --overwrite to replace it");
  }
}

std::string inspect_clip_file(const InspectOptions& options,
                              const face::DetectFaces& detect,
                              const nn::BundleConfig& config,
                              const RunHooks& hooks) {
  media::VideoReader reader(options.input,
                            {.start_seconds = options.start_seconds,
                             .end_seconds = options.end_seconds,
                             .max_frames = options.max_frames.value_or(0)});
  const media::VideoInfo& info = reader.info();
  pipeline::Reporter reporter(hooks, "inspect", options.max_frames.value_or(info.frame_count_hint));
  std::optional<media::VideoWriter> writer;
  metrics::OverlaySink sink;
  if (!options.overlay.empty()) {
    writer.emplace(
        options.overlay,
        media::WriterOptions{.width = info.width,
                             .height = info.height,
                             .frame_rate = info.frame_rate,
                             .time_base = info.time_base,
                             .codec = options.overlay.extension() == ".webm" ? "vp9" : "h264"});
    sink = [&writer](const Frame& frame) { writer->write(frame); };
  }
  std::int64_t frames = 0;
  const metrics::Report report = metrics::inspect_clip(
      options,
      info,
      [&] {
        reporter.at(frames++);
        return reader.next();
      },
      detect,
      config,
      sink);
  if (writer) {
    writer->finish();
  }
  reporter.finish();
  return json_text(report);
}

}  // namespace

std::string inspect(const InspectOptions& options, const RunHooks& hooks) {
  const bool picture = metrics::is_picture(options.input);
  check_overlay(options, picture);
  if (!picture) {
    const media::VideoReader readable(options.input);  // a broken clip is said before a bundle is
  }
  const nn::Bundle bundle = pipeline::open_bundle(options.bundle);
  const nn::BundleConfig& config = bundle.manifest().config;
  const nn::Device device = nn::resolve_device(options.device);
  face::Detector detector(bundle.load("face_detector", device, nn::Precision::fp32),
                          config.detector);
  const auto detect = [&](const Frame& frame) { return detector(frame); };
  if (!picture) {
    return inspect_clip_file(options, detect, config, hooks);
  }
  metrics::OverlaySink sink;
  if (!options.overlay.empty()) {
    sink = [&](const Frame& drawn) { media::write_png(options.overlay, drawn); };
  }
  return json_text(metrics::inspect_picture(
      options, media::read_image(options.input, {255, 255, 255}), detect, config, sink));
}

}  // namespace hyportrait
