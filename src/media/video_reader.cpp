// SPDX-License-Identifier: Apache-2.0
#include "media/video_reader.h"

#include <hyportrait/error.h>

#include "media/clip_decoder.h"
#include "media/colour.h"
#include "media/input.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::media {
namespace {

constexpr double kTimeTolerance = 1e-6;  // s; --start 0.1 means the frame whose stamp prints as 0.1
constexpr double kLongestLast = 1.0;     // s
constexpr std::int64_t kMostFrames = 10'000'000;  // as --max-frames: 100 hours at 25 a second
constexpr double kLatestTime = 1e11;              // s; live recordings count from 1970
constexpr double kLongestFrame = 24.0 * 3600.0;   // s
constexpr double kRateTolerance = 0.005;          // relative difference of base and average rate

/// A decoded frame and when it is shown.
struct TimedFrame {
  FramePtr frame;
  double pts = 0.0;       ///< s, after subtracting --start
  double duration = 0.0;  ///< s, the container's, or by the average rate
};

Rational to_rational(AVRational r) {
  return {r.num, r.den};
}

Orientation orientation_of(const AVStream& stream) {
  const std::int32_t* matrix = display_matrix(stream);
  return matrix == nullptr ? Orientation{} : orientation_from_display_matrix(matrix);
}

AVRational average_rate(const AVStream& stream) {
  if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0) {
    return stream.avg_frame_rate;
  }
  return stream.r_frame_rate.num > 0 && stream.r_frame_rate.den > 0 ? stream.r_frame_rate
                                                                    : AVRational{25, 1};
}

double duration_of(ClipDecoder& decoder) {
  const AVStream& stream = decoder.stream();
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    return decoder.seconds_of(stream.duration);
  }
  const std::int64_t whole = decoder.input().duration;
  return whole != AV_NOPTS_VALUE && whole > 0 ? static_cast<double>(whole) / AV_TIME_BASE : 0.0;
}

/// How long a frame is shown where the container does not say it for each: what is left of the
/// stream for the last one, else the average. (More than a second left means that an edit list has
/// cut the end.)
double guess_duration(ClipDecoder& decoder, std::int64_t pts) {
  const AVStream& stream = decoder.stream();
  if (stream.duration != AV_NOPTS_VALUE && stream.start_time != AV_NOPTS_VALUE) {
    const double left = decoder.seconds_of(stream.start_time + stream.duration - pts);
    if (left > 0.0 && left <= kLongestLast) {
      return left;
    }
  }
  return 1.0 / av_q2d(average_rate(stream));
}

VideoInfo describe(ClipDecoder& decoder, const ReaderOptions& options) {
  const AVStream& stream = decoder.stream();
  const AVCodecParameters& parameters = *stream.codecpar;
  const Orientation orientation = orientation_of(stream);
  const auto format = static_cast<AVPixelFormat>(parameters.format);
  const AVRational rate = average_rate(stream);
  VideoInfo info;
  info.width = orientation.transpose ? parameters.height : parameters.width;
  info.height = orientation.transpose ? parameters.width : parameters.height;
  info.frame_rate = to_rational(rate);
  info.time_base = to_rational(stream.time_base);
  info.variable_frame_rate =
      stream.r_frame_rate.num > 0 &&
      std::abs(av_q2d(stream.r_frame_rate) / av_q2d(rate) - 1.0) > kRateTolerance;
  info.duration_seconds = duration_of(decoder);
  info.frame_count_hint = std::max<std::int64_t>(0, stream.nb_frames);
  info.has_audio = best_stream(decoder.input(), AVMEDIA_TYPE_AUDIO) != nullptr;
  info.rotation_degrees = clockwise_degrees(orientation);
  info.codec = avcodec_get_name(parameters.codec_id);
  const char* format_name = av_get_pix_fmt_name(format);
  info.pixel_format = format_name == nullptr ? "unknown" : format_name;
  info.colour = format_name == nullptr
                    ? "unknown"
                    : describe_colour(parameters.color_space, parameters.color_range, format);
  if (options.fps) {
    info.frame_rate = *options.fps;
    info.time_base = {options.fps->den, options.fps->num};
    info.variable_frame_rate = false;
  }
  return info;
}

}  // namespace

ClipFacts clip_facts(const VideoInfo& clip) {
  return {.size = {clip.width, clip.height},
          .frame_rate = clip.frame_rate.value(),
          .variable_frame_rate = clip.variable_frame_rate,
          .codec = clip.codec,
          .pixel_format = clip.pixel_format,
          .colour = clip.colour,
          .rotation_degrees = clip.rotation_degrees,
          .has_audio = clip.has_audio};
}

struct VideoReader::Impl {
  Impl(const std::filesystem::path& path, const ReaderOptions& wishes);

  std::optional<TimedFrame> decode();
  std::optional<TimedFrame> take();
  std::optional<Frame> next_of_source();
  std::optional<Frame> next_resampled();
  Frame convert(const TimedFrame& timed);

  std::filesystem::path path;
  ReaderOptions options;
  ClipDecoder decoder;
  VideoInfo info;
  RgbConverter converter;
  std::optional<TimedFrame>
      ahead;  ///< the frame after the current one: its time ends the current one
  bool started = false;
  bool ended_early = false;
  std::int64_t given = 0;
  std::int64_t slot = 0;          ///< resampling: the next frame to give, in 1/fps
  std::int64_t slots_end = 0;     ///< and where the current picture's slots end
  std::optional<Frame> repeated;  ///< the current picture
};

VideoReader::Impl::Impl(const std::filesystem::path& file, const ReaderOptions& wishes)
    : path(file),
      options(wishes),
      decoder(file),
      info(describe(decoder, wishes)),
      converter(decoder.stream().codecpar->width,
                decoder.stream().codecpar->height,
                orientation_of(decoder.stream())) {
  if (options.start_seconds.value_or(0.0) > 0.0) {
    decoder.seek(*options.start_seconds);
  }
}

/// The next frame inside [start, end).
std::optional<TimedFrame> VideoReader::Impl::decode() {
  const double start = options.start_seconds.value_or(0.0);
  while (!ended_early) {
    FramePtr frame = decoder.next();
    if (frame == nullptr) {
      break;
    }
    const double source_pts = decoder.seconds_of(frame->best_effort_timestamp);
    if (options.start_seconds && source_pts < start - kTimeTolerance) {
      continue;
    }
    if (options.end_seconds && source_pts >= *options.end_seconds - kTimeTolerance) {
      ended_early = true;
      break;
    }
    const std::int64_t ticks = frame_duration(*frame);
    TimedFrame timed;
    // With a variable rate and reordering, libav's durations belong to other frames.
    const bool stated = ticks > 0 && !info.variable_frame_rate;
    timed.duration =
        stated ? decoder.seconds_of(ticks) : guess_duration(decoder, frame->best_effort_timestamp);
    timed.pts = options.start_seconds ? std::max(0.0, source_pts - start) : source_pts;
    timed.frame = std::move(frame);
    return timed;
  }
  return std::nullopt;
}

/// The next frame with its true duration: until the one after it.
std::optional<TimedFrame> VideoReader::Impl::take() {
  if (!started) {
    started = true;
    ahead = decode();
  }
  if (!ahead) {
    return std::nullopt;
  }
  TimedFrame current = std::move(*ahead);
  ahead = decode();
  if (ahead && ahead->pts > current.pts) {
    current.duration = ahead->pts - current.pts;
  }
  if (!(current.duration <= kLongestFrame && std::abs(current.pts) <= kLatestTime)) {
    throw Error(ExitCode::input,
                path.string() + ": a frame at " + std::to_string(current.pts) + " s lasts " +
                    std::to_string(current.duration) +
                    " s: its time stamps are damaged; re-encode it, or end before with --end");
  }
  if (!ahead && ended_early) {
    const double end = *options.end_seconds - options.start_seconds.value_or(0.0);
    current.duration = std::max(std::min(current.duration, end - current.pts), kTimeTolerance);
  }
  return current;
}

Frame VideoReader::Impl::convert(const TimedFrame& timed) {
  Frame frame;
  try {
    frame = converter.convert(*timed.frame);
  } catch (const Error& error) {
    throw Error(error.exit_code(), path.string() + ": " + error.what());
  }
  frame.pts_seconds = timed.pts;
  frame.duration_seconds = timed.duration;
  return frame;
}

std::optional<Frame> VideoReader::Impl::next_of_source() {
  const std::optional<TimedFrame> timed = take();
  if (!timed) {
    return std::nullopt;
  }
  return convert(*timed);
}

/// ffmpeg's fps filter with its default rounding: a picture fills the slots from its time, rounded
/// to the nearest slot, up to the next picture's.
std::optional<Frame> VideoReader::Impl::next_resampled() {
  const double fps = options.fps->value();
  while (!repeated || slot >= slots_end) {
    const std::optional<TimedFrame> timed = take();
    if (!timed) {
      return std::nullopt;
    }
    const auto first = static_cast<std::int64_t>(std::llround(timed->pts * fps));
    slot = repeated ? std::max(slot, first) : first;
    slots_end = static_cast<std::int64_t>(std::llround((timed->pts + timed->duration) * fps));
    const bool only_picture = !repeated && !ahead;
    slots_end = only_picture ? std::max(slots_end, slot + 1) : slots_end;
    if (slot < slots_end) {
      repeated = convert(*timed);
    }
  }
  repeated->pts_seconds = static_cast<double>(slot) / fps;
  repeated->duration_seconds = 1.0 / fps;
  ++slot;
  return repeated;
}

VideoReader::VideoReader(const std::filesystem::path& path, const ReaderOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const {
  return impl_->info;
}

bool VideoReader::ended_early() const {
  return impl_->ended_early;
}

std::optional<Frame> VideoReader::next() {
  Impl& impl = *impl_;
  const bool resampled = impl.options.fps.has_value();
  if (impl.options.max_frames > 0 && impl.given >= impl.options.max_frames) {
    impl.ended_early =
        impl.ended_early || impl.ahead.has_value() || (resampled && impl.slot < impl.slots_end);
    return std::nullopt;
  }
  std::optional<Frame> frame = resampled ? impl.next_resampled() : impl.next_of_source();
  if (!frame && impl.given == 0) {
    throw Error(ExitCode::input,
                impl.path.string() +
                    ": has no frame in the time that was asked for (--start, --end); it lasts " +
                    std::to_string(impl.info.duration_seconds) + " s");
  }
  impl.given += frame ? 1 : 0;
  if (impl.given > kMostFrames) {
    throw Error(ExitCode::input,
                impl.path.string() + ": has over " + std::to_string(kMostFrames) +
                    " frames, too many for one job; work on parts of it with --start and --end");
  }
  return frame;
}

}  // namespace hyportrait::media
