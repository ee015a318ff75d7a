// SPDX-License-Identifier: Apache-2.0
#include "media/video_reader.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "base/shown_text.h"
#include "media/clip_decoder.h"
#include "media/colour.h"
#include "media/image_io.h"
#include "media/input.h"
#include "media/picture_sequence.h"

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
constexpr double kClockSetBack = 10.0;            // s; less is pictures out of order
constexpr double kRepeated = 0.0005;              // s; muxers move a repeated time stamp by a unit
constexpr Rational kPictureRate{25, 1};
constexpr double kRateTolerance = 0.005;  // relative difference of base and average rate

/// A decoded frame, or a picture of a sequence, and when it is shown.
struct TimedFrame {
  FramePtr frame{};         ///< null: a picture of a sequence
  std::size_t picture = 0;  ///< which one
  double pts = 0.0;         ///< s, after subtracting --start
  double duration = 0.0;    ///< s, the container's, or by the average rate
};

Rational to_rational(AVRational r) {
  return {r.num, r.den};
}

Orientation orientation_of(const AVStream& stream) {
  const std::int32_t* matrix = display_matrix(stream);
  return matrix == nullptr ? Orientation{} : orientation_from_display_matrix(matrix);
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
    if (left > kRepeated && left <= kLongestLast) {
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
  const AVStream* sound = best_stream(decoder.input(), AVMEDIA_TYPE_AUDIO);
  const std::vector<AVStream*> tracks = sound_tracks(decoder.input());
  info.has_audio = sound != nullptr;
  info.audio_tracks = static_cast<int>(tracks.size());
  info.audio_track =
      static_cast<int>(std::find(tracks.begin(), tracks.end(), sound) - tracks.begin());
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

VideoInfo describe(const std::vector<std::filesystem::path>& pictures,
                   const ReaderOptions& options) {
  const Frame first = read_image(pictures.front(), {255, 255, 255});
  const Rational rate = options.fps.value_or(kPictureRate);
  const auto count = static_cast<std::int64_t>(pictures.size());
  return {.width = first.width,
          .height = first.height,
          .frame_rate = rate,
          .time_base = {rate.den, rate.num},
          .duration_seconds = static_cast<double>(count) / rate.value(),
          .frame_count_hint = count,
          .codec = "pictures",
          .pixel_format = "rgb24",
          .colour = "sRGB, full range"};
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

  std::optional<TimedFrame> next_decoded();
  std::optional<TimedFrame> next_picture();
  double ascending(double source_seconds);
  std::optional<TimedFrame> decode();
  std::optional<TimedFrame> take();
  std::optional<Frame> next_of_source();
  std::optional<Frame> next_resampled();
  Frame convert(const TimedFrame& timed);
  void report_times();

  std::filesystem::path path;
  ReaderOptions options;
  std::vector<std::filesystem::path> pictures;  ///< of a sequence; else there is a decoder
  std::optional<ClipDecoder> decoder;
  VideoInfo info;
  std::optional<RgbConverter> converter;
  std::optional<TimedFrame>
      ahead;                   ///< the frame after the current one: its time ends the current one
  std::size_t next_index = 0;  ///< in pictures
  double usual_step = 0.0;     ///< s, from frame to frame by the source's rate
  std::optional<double> last_time{};
  std::optional<double> last_step{};  ///< s, between the last two time stamps that ascended
  double clock_shift = 0.0;           ///< s, of the source's clock since it was set anew
  std::int64_t repeated_times = 0;
  std::int64_t clock_jumps = 0;
  bool times_reported = false;
  bool started = false;
  bool ended_early = false;
  std::int64_t given = 0;
  std::int64_t slot = 0;          ///< resampling: the next frame to give, in 1/fps
  std::int64_t slots_end = 0;     ///< and where the current picture's slots end
  std::optional<Frame> repeated;  ///< the current picture
};

VideoReader::Impl::Impl(const std::filesystem::path& file, const ReaderOptions& wishes)
    : path(file), options(wishes) {
  if (is_picture_sequence(file) || is_still_picture(file)) {
    pictures = is_picture_sequence(file) ? pictures_of(file) : std::vector{file};
    info = describe(pictures, wishes);
    options.fps.reset();  // that is how many there are a second
    usual_step = 1.0 / info.frame_rate.value();
    return;
  }
  decoder.emplace(file);
  info = describe(*decoder, wishes);
  usual_step = 1.0 / av_q2d(average_rate(decoder->stream()));
  const AVCodecParameters& stored = *decoder->stream().codecpar;
  converter.emplace(stored.width, stored.height, orientation_of(decoder->stream()));
  if (options.start_seconds.value_or(0.0) > 0.0) {
    decoder->seek(*options.start_seconds);
  }
}

std::optional<TimedFrame> VideoReader::Impl::next_decoded() {
  FramePtr frame = decoder->next();
  if (frame == nullptr) {
    return std::nullopt;
  }
  const std::int64_t ticks = frame_duration(*frame);
  // With a variable rate and reordering, libav's durations belong to other frames.
  const bool stated = ticks > 0 && !info.variable_frame_rate;
  TimedFrame timed;
  timed.duration =
      stated ? decoder->seconds_of(ticks) : guess_duration(*decoder, frame->best_effort_timestamp);
  timed.pts = decoder->seconds_of(frame->best_effort_timestamp);
  timed.frame = std::move(frame);
  return timed;
}

std::optional<TimedFrame> VideoReader::Impl::next_picture() {
  if (next_index == pictures.size()) {
    return std::nullopt;
  }
  TimedFrame timed;
  timed.picture = next_index;
  timed.pts = static_cast<double>(next_index) / info.frame_rate.value();
  timed.duration = 1.0 / info.frame_rate.value();
  ++next_index;
  return timed;
}

/// The source's time made one that goes forward, by less than a day: where stamps repeat or go back
/// a frame comes one of the average length after the one before, and a clock that was set anew is
/// set back.
double VideoReader::Impl::ascending(double source_seconds) {
  double time = source_seconds + clock_shift;
  if (last_time) {
    const double step = time - *last_time;
    if (step > kLongestFrame || step < -kClockSetBack) {
      const double next =
          *last_time + last_step.value_or(usual_step);  // the average has the jump in it
      clock_shift += next - time;
      time = next;
      ++clock_jumps;
    } else if (step < kRepeated) {
      time = *last_time + usual_step;
      ++repeated_times;
    } else {
      last_step = step;
    }
  }
  last_time = time;
  return time;
}

/// The next frame inside [start, end).
std::optional<TimedFrame> VideoReader::Impl::decode() {
  const double start = options.start_seconds.value_or(0.0);
  while (!ended_early) {
    std::optional<TimedFrame> timed = decoder ? next_decoded() : next_picture();
    if (!timed) {
      break;
    }
    if (options.start_seconds && timed->pts < start - kTimeTolerance) {
      continue;
    }
    if (options.end_seconds && timed->pts >= *options.end_seconds - kTimeTolerance) {
      ended_early = true;
      break;
    }
    timed->pts = ascending(timed->pts);
    timed->pts = options.start_seconds ? std::max(0.0, timed->pts - start) : timed->pts;
    return timed;
  }
  return std::nullopt;
}

/// Says once what became of time stamps that cannot be meant.
void VideoReader::Impl::report_times() {
  if (std::exchange(times_reported, true)) {
    return;
  }
  if (repeated_times > 0) {
    logger().warn("{}: the time stamps of {} repeat or go back; the frame rate times them",
                  path.string(),
                  counted(repeated_times, "frame"));
  }
  if (clock_jumps > 0) {
    logger().warn(
        "{}: its time stamps jump in {} (a clock set anew); it goes on there without a pause",
        path.string(),
        counted(clock_jumps, "place"));
  }
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
  } else if (repeated_times > 0) {
    current.duration = usual_step;  // what the container says is as wrong
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
  if (timed.frame == nullptr) {
    frame = read_picture_of(pictures[timed.picture], info.width, info.height);
  } else {
    try {
      frame = converter->convert(*timed.frame);
    } catch (const Error& error) {
      throw Error(error.exit_code(), path.string() + ": " + error.what());
    }
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

bool VideoReader::clock_jumped() const {
  return impl_->clock_jumps > 0;
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
    impl.report_times();
    return std::nullopt;
  }
  std::optional<Frame> frame = resampled ? impl.next_resampled() : impl.next_of_source();
  if (!frame && impl.given == 0) {
    throw Error(ExitCode::input,
                impl.path.string() +
                    ": has no frame in the time that was asked for (--start, --end); it lasts " +
                    std::to_string(impl.info.duration_seconds) + " s");
  }
  if (!frame) {
    impl.report_times();
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
