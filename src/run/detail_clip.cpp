// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/detail.h>
#include <hyportrait/error.h>

#include "base/log.h"
#include "base/stage_timer.h"
#include "detail/transfer.h"
#include "face/resize.h"
#include "media/image_io.h"
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "options/tool_options.h"
#include "output/frame_folder.h"
#include "output/output_file.h"
#include "output/sidecar.h"
#include "output/targets.h"
#include "run/beside.h"
#include "run/reporter.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hyportrait {
namespace run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargeFramesWaiting = 2;  // of a large portrait 50 MB each
constexpr double kMaxAspectError = 0.01;
constexpr int kMinSide = 16;  // px

/// A run that nothing stands in the way of.
struct DetailJob {
  DetailOptions options;
  DetailPlan plan;
  Frame portrait;
  media::ReaderOptions reader;
  media::WriterOptions writer;
};

std::string size_of(PixelSize size) {
  return fmt::format("{}x{}", size.width, size.height);
}

/// Throws Error(input) where the clip cannot be of this portrait.
void check_fit(const DetailOptions& options, PixelSize portrait, PixelSize clip) {
  const std::string sizes = fmt::format("{} is {} and {} is {}",
                                        options.clip.string(),
                                        size_of(clip),
                                        options.ref.string(),
                                        size_of(portrait));
  const double aspect = static_cast<double>(clip.width) * portrait.height /
                        (static_cast<double>(clip.height) * portrait.width);
  if (std::max(aspect, 1 / aspect) > 1 + kMaxAspectError) {
    throw Error(ExitCode::input,
                sizes +
                    ": the clip must show what the portrait shows, so their aspect ratios may "
                    "differ by 1 %; crop the portrait to what the clip shows");
  }
  if (std::min({clip.width, clip.height, portrait.width, portrait.height}) < kMinSide) {
    throw Error(ExitCode::input,
                fmt::format("{}: too small, at least {} px a side are needed", sizes, kMinSide));
  }
  if (clip.width >= portrait.width && clip.height >= portrait.height && options.sigma == 0.0) {
    throw Error(ExitCode::input,
                sizes +
                    ": a clip as large as the portrait has lost no detail by its size; if it is "
                    "softer, say how much with --sigma PX, or use a larger portrait");
  }
}

fs::path detail_output(const DetailOptions& options) {
  const fs::path output = options.output.empty()
                              ? fs::path(options.clip.stem().string() + "_detail.mp4")
                              : options.output;
  return fs::absolute(output).lexically_normal();
}

FramesBefore frames_allowed(const DetailOptions& options) {
  return options.overwrite ? FramesBefore::overwrite : FramesBefore::none;
}

void check_detail_targets(const DetailOptions& options, const fs::path& output) {
  std::error_code ignored;
  if (fs::equivalent(output, options.ref, ignored) ||
      fs::equivalent(output, options.clip, ignored)) {
    throw Error(ExitCode::usage,
                output.string() + ": the output would replace an input; choose another name");
  }
  check_target(output, options.overwrite);
  check_part(output_paths(output), options.overwrite);
  if (!options.frames_dir.empty()) {
    check_frame_folder(options.frames_dir, frames_allowed(options));
  }
}

media::WriterOptions detail_writer(const DetailOptions& options,
                                   const DetailPlan& plan,
                                   const media::VideoInfo& clip) {
  media::WriterOptions writer{.name = plan.output,
                              .width = plan.portrait.width,
                              .height = plan.portrait.height,
                              .frame_rate = clip.frame_rate,
                              .time_base = clip.time_base,
                              .codec = plan.codec,
                              .crf = options.crf,
                              .pixel_format = options.pixel_format};
  if (options.audio == AudioKind::keep && clip.has_audio) {
    writer.audio.source = options.clip;
    writer.audio.track = options.audio_track;
    writer.audio.start_seconds = options.start_seconds.value_or(0.0);
  }
  return writer;
}

DetailJob resolve(const DetailOptions& options) {
  validate(options);
  DetailJob job{.options = options};
  job.reader = {.start_seconds = options.start_seconds,
                .end_seconds = options.end_seconds,
                .max_frames = options.max_frames.value_or(0)};
  const media::VideoInfo clip = media::VideoReader(options.clip, job.reader).info();
  if (options.audio_track && *options.audio_track >= clip.audio_tracks) {
    throw Error(ExitCode::usage,
                fmt::format("--audio-track {}: {} has {} sound tracks, which count from 0",
                            *options.audio_track,
                            options.clip.string(),
                            clip.audio_tracks));
  }
  job.portrait = media::read_image(options.ref, options.background);
  job.plan = {.ref = options.ref,
              .clip = options.clip,
              .output = detail_output(options),
              .portrait = {job.portrait.width, job.portrait.height},
              .clip_facts = media::clip_facts(clip),
              .frames = clip.frame_count_hint,
              .sigma = options.sigma,
              .strength = options.strength,
              .codec = options.codec};
  check_fit(options, job.plan.portrait, {clip.width, clip.height});
  if (options.codec == media::kAutoCodec) {
    job.plan.codec = media::default_codec(job.plan.output);
  }
  check_detail_targets(options, job.plan.output);
  media::check_output(job.plan.output, job.plan.codec, options.pixel_format);
  media::check_length(job.plan.output, clip.frame_count_hint);
  job.writer = detail_writer(options, job.plan, clip);
  media::try_writer(job.writer);
  return job;
}

/// How long the clip is, for the progress, and what its sound has to follow.
std::int64_t scan_clip(const DetailJob& job, media::AudioOptions& audio, const RunHooks& hooks) {
  media::VideoReader reader(job.options.clip, job.reader);
  Reporter reporter(hooks, "read", job.plan.frames);
  std::int64_t frames = 0;
  double end = 0.0;
  while (const std::optional<Frame> frame = reader.next()) {
    reporter.at(++frames);
    end = frame->pts_seconds + frame->duration_seconds;
  }
  reporter.finish();
  audio.reencode = reader.clock_jumped();
  if (reader.ended_early()) {
    audio.end_seconds = audio.start_seconds + end;
  }
  return frames;
}

/// The sizes at which clip and portrait are compared: the clip's, or the portrait's where that is
/// smaller.
PixelSize compared_size(const DetailPlan& plan) {
  return {std::min(plan.clip_facts.size.width, plan.portrait.width),
          std::min(plan.clip_facts.size.height, plan.portrait.height)};
}

detail::DetailTransfer transfer_of(const DetailJob& job) {
  const PixelSize size = compared_size(job.plan);
  const double sigma = job.options.sigma * size.width / job.plan.clip_facts.size.width;
  return {job.portrait,
          detail::made_small(job.portrait, size),
          {.strength = job.options.strength, .sigma = sigma}};
}

DetailReport write_clip(DetailJob& job, OutputFile& file, const RunHooks& hooks) {
  const auto begin = std::chrono::steady_clock::now();
  DetailReport report{.plan = job.plan};
  report.plan.frames = scan_clip(job, job.writer.audio, hooks);
  report.detail.on = true;
  detail::DetailTransfer transfer = transfer_of(job);
  const FrameFolder frames(job.options.frames_dir, frames_allowed(job.options));
  frames.begin(report.plan.frames);
  media::VideoReader reader(job.options.clip, job.reader);
  media::VideoWriter writer(file.part(), job.writer);
  std::int64_t number = 0;
  WriteBehind writing(
      [&](const Frame& picture) {
        if (frames.wanted()) {
          media::write_png(frames.name_of(number++), picture, Durability::later);
        }
        writer.write(picture);
      },
      kLargeFramesWaiting);
  Reporter reporter(hooks, "detail", report.plan.frames);
  const PixelSize size = compared_size(job.plan);
  while (std::optional<Frame> frame = reader.next()) {
    const auto frame_begin = std::chrono::steady_clock::now();
    Frame picture =
        transfer.find(face::resize_antialiased(*frame, size, face::ResizeFilter::bicubic));
    transfer.add(picture);
    report.detail.seconds += seconds_since(frame_begin);
    writing.push(std::move(picture));
    reporter.at(writing.written());
  }
  writing.finish();
  reporter.at(writing.written());
  frames.finish();
  report.written = writer.finish();
  reporter.finish();
  report.detail.mean_weight = transfer.mean_weight();
  const OutputFacts facts = file.facts();
  report.written.bytes = facts.bytes;
  report.written.sha256 = facts.sha256;
  file.commit();
  report.seconds = seconds_since(begin);
  return report;
}

}  // namespace
}  // namespace run

DetailPlan plan_detail(const DetailOptions& options) {
  return run::resolve(options).plan;
}

DetailReport carry_detail(const DetailOptions& options, const RunHooks& hooks) {
  run::DetailJob job = run::resolve(options);
  OutputFile file(job.plan.output, options.overwrite);
  DetailReport report = run::write_clip(job, file, hooks);
  for (const std::string& note : report.written.notes) {
    logger().warn("{}", note);
  }
  return report;
}

}  // namespace hyportrait
