// SPDX-License-Identifier: Apache-2.0
#include "media/clip_decoder.h"

#include "base/log.h"
#include "media/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>

namespace hyportrait::media {
namespace {

constexpr int kMaxFrameSide = 16384;                     // px; 16K
constexpr std::int64_t kMaxFramePixels = 8192LL * 8192;  // a frame of 200 MB as RGB
constexpr double kLeftAtEnd = 1.5;                       // frames: containers round
// A second; what is beyond is made of damaged time stamps.
constexpr double kFastestRate = 1000.0;
constexpr double kSlowestRate = 0.001;
constexpr std::int64_t kMaxErrorsAtEnd = 64;  // a decoder that never says EOF

void check_size(const std::filesystem::path& path, const AVCodecParameters& parameters) {
  const std::int64_t pixels = static_cast<std::int64_t>(parameters.width) * parameters.height;
  if (parameters.width > kMaxFrameSide || parameters.height > kMaxFrameSide ||
      pixels > kMaxFramePixels) {
    throw Error(ExitCode::input,
                path.string() + ": its frames are " + std::to_string(parameters.width) + "x" +
                    std::to_string(parameters.height) + ", too large to work on (at most " +
                    std::to_string(kMaxFrameSide) +
                    " px a side and 67 million px); scale it down first");
  }
}

}  // namespace

AVRational average_rate(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= kFastestRate &&
        av_q2d(rate) >= kSlowestRate) {
      return rate;
    }
  }
  return {25, 1};
}

ClipDecoder::ClipDecoder(const std::filesystem::path& path)
    : path_(path),
      input_(open_input(path)),
      stream_(best_stream(*input_, AVMEDIA_TYPE_VIDEO)),
      packet_(make_packet()) {
  if (stream_ == nullptr) {
    throw Error(ExitCode::input,
                path.string() + ": has no video stream; give a clip with a picture");
  }
  check_size(path, *stream_->codecpar);
  decoder_ = open_decoder(*stream_, path);
  decoder_->max_pixels = kMaxFramePixels;  // the stream itself may say otherwise than the container
  use_only(*input_, *stream_);
}

double ClipDecoder::seconds_of(std::int64_t ticks) const {
  return static_cast<double>(ticks) * stream_->time_base.num / stream_->time_base.den;
}

void ClipDecoder::seek(double seconds) {
  const auto ticks = static_cast<std::int64_t>(
      std::floor(seconds * stream_->time_base.den / stream_->time_base.num));
  if (av_seek_frame(input_.get(), stream_->index, ticks, AVSEEK_FLAG_BACKWARD) < 0) {
    logger().debug("{}: cannot seek; reading from the start", path_.string());
  }
  avcodec_flush_buffers(decoder_.get());
  sought_ = true;
}

/// Gives the decoder a packet, or tells it that there are no more.
bool ClipDecoder::feed() {
  if (draining_) {
    return false;
  }
  if (!read_packet(*input_, *stream_, *packet_, broken_off_)) {
    draining_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
    return true;
  }
  ++packets_;
  const int rc = avcodec_send_packet(decoder_.get(), packet_.get());
  if (rc == AVERROR(ENOMEM)) {
    throw std::bad_alloc();
  }
  broken_packets_ += rc < 0 ? 1 : 0;
  return true;
}

FramePtr ClipDecoder::next() {
  FramePtr frame = make_frame();
  std::int64_t errors_at_end = 0;
  while (!ended_) {
    const int rc = avcodec_receive_frame(decoder_.get(), frame.get());
    if (rc == 0) {
      finish_timing(*frame);
      return frame;
    }
    if (rc == AVERROR(ENOMEM)) {
      throw std::bad_alloc();
    }
    if (rc == AVERROR(EAGAIN)) {
      ended_ = !feed();
      continue;
    }
    if (rc == AVERROR_EOF) {
      ended_ = true;
      continue;
    }
    ++broken_packets_;
    errors_at_end += draining_ ? 1 : 0;
    ended_ = errors_at_end > kMaxErrorsAtEnd;
  }
  report_end();
  return nullptr;
}

void ClipDecoder::finish_timing(AVFrame& frame) {
  ++frames_;
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE) {
    frame.best_effort_timestamp = next_pts_;
  }
  std::int64_t duration = frame_duration(frame);
  if (duration <= 0) {
    duration = std::max<std::int64_t>(
        1, av_rescale_q(1, av_inv_q(average_rate(*stream_)), stream_->time_base));
  }
  next_pts_ = frame.best_effort_timestamp + duration;
  if (frames_ > 1) {  // the pause before this frame is the duration of the one before
    longest_frame_ = std::max(longest_frame_, frame.best_effort_timestamp - last_end_ + duration);
  }
  longest_frame_ = std::max(longest_frame_, duration);
  last_end_ = std::max(last_end_, next_pts_);
}

/// An AVI counts pictures that it leaves out because they repeat the one before: it is whole where
/// there are some up to its end, and all of the bytes that its head states.
bool ClipDecoder::is_whole_avi() const {
  if (std::string_view(input_->iformat->name) != "avi") {
    return false;
  }
  std::array<unsigned char, 8> head{};  // "RIFF" and the size of the rest
  std::ifstream(path_, std::ios::binary).read(reinterpret_cast<char*>(head.data()), head.size());
  const std::uintmax_t stated =
      head[4] | head[5] << 8U | head[6] << 16U | static_cast<std::uintmax_t>(head[7]) << 24U;
  const std::int64_t start = stream_->start_time == AV_NOPTS_VALUE ? 0 : stream_->start_time;
  return stated + head.size() <= std::filesystem::file_size(path_) && stream_->duration > 0 &&
         seconds_of(start + stream_->duration - last_end_) <
             kLeftAtEnd / av_q2d(average_rate(*stream_));
}

/// Whether the file states a later end of its picture than the frames have: Matroska's muxers write
/// it as a tag of the stream. The last frame may stand as long as any before it.
bool ClipDecoder::ends_early() const {
  const AVDictionaryEntry* tag = av_dict_get(stream_->metadata, "DURATION", nullptr, 0);
  std::int64_t stated = 0;  // us
  return tag != nullptr && av_parse_time(&stated, tag->value, 1) >= 0 &&
         static_cast<double>(stated) / AV_TIME_BASE - seconds_of(last_end_) >
             kLeftAtEnd * seconds_of(longest_frame_);
}

/// Says once what was missing or broken.
void ClipDecoder::report_end() {
  if (frames_ == 0 && !sought_) {
    throw Error(ExitCode::input,
                path_.string() +
                    ": not a single frame could be decoded: the file is damaged or cut off; "
                    "get it again or re-encode it");
  }
  const bool packets_missing = !sought_ && stream_->nb_frames > packets_ && !is_whole_avi();
  if (broken_off_ || packets_missing || (!sought_ && ends_early())) {
    const std::string promised =
        packets_missing ? " of " + std::to_string(stream_->nb_frames) + " promised" : std::string();
    logger().warn("{}: the file breaks off; the {} frames{} that are there are used",
                  path_.string(),
                  frames_,
                  promised);
  }
  if (broken_packets_ > 0) {
    logger().warn("{}: {} damaged packets were skipped", path_.string(), broken_packets_);
  }
  broken_off_ = false;
  broken_packets_ = 0;
}

}  // namespace hyportrait::media
