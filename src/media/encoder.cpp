// SPDX-License-Identifier: Apache-2.0
#include "media/encoder.h"

#include "base/require.h"
#include "media/codec_choice.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace hyportrait::media {
namespace {

constexpr int kMinResolution =
    10000;  // ticks a second; movenc raises a track's to this by doubling as well

// x265 takes the distance of decoding and showing from its third frame; of fewer, which it does not
// reorder, it gives one that nobody wrote (encoder.cpp, m_bframeDelayTime).
constexpr std::int64_t kMinOfX265 = 3;

/// A fraction of the frames' unit: exact for the source's stamps, and fine enough for cut ones.
AVRational fine_time_base(Rational unit) {
  AVRational base{1, unit.den};
  while (base.den < kMinResolution) {
    base.den *= 2;
  }
  return base;
}

/// The largest size not above `size` that the format's chroma subsampling divides.
int fitting(int size, int log2_chroma) {
  return std::max(1, size >> log2_chroma) << log2_chroma;
}

CodecPtr open_encoder(const WriterOptions& options, const AVOutputFormat& container) {
  const AVCodec* codec = choose_encoder(options.codec);
  const AVPixelFormat format = choose_pixel_format(*codec, options.pixel_format);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  const ColourTags tags = output_colour(format);
  auto encoder = adopt<CodecPtr>(avcodec_alloc_context3(codec));
  encoder->width = fitting(options.width, descriptor->log2_chroma_w);
  encoder->height = fitting(options.height, descriptor->log2_chroma_h);
  encoder->pix_fmt = format;
  encoder->time_base = fine_time_base(options.time_base);
  encoder->framerate = {options.frame_rate.num, options.frame_rate.den};
  encoder->sample_aspect_ratio = {1, 1};
  encoder->colorspace = tags.matrix;
  encoder->color_range = tags.range;
  encoder->color_primaries = AVCOL_PRI_BT709;
  encoder->color_trc = AVCOL_TRC_BT709;
  encoder->chroma_sample_location = AVCHROMA_LOC_LEFT;
  encoder->thread_count = 0;
  const std::string_view kind = container.name;
  if (codec->id == AV_CODEC_ID_HEVC && (kind == "mp4" || kind == "mov")) {
    encoder->codec_tag = MKTAG('h', 'v', 'c', '1');  // what Apple's players ask for
  }
  if ((container.flags & AVFMT_GLOBALHEADER) != 0) {
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  set_quality(*encoder, *codec, options.crf);
  av_check(avcodec_open2(encoder.get(), codec, nullptr),
           ExitCode::usage,
           std::string("--codec ") + options.codec + ": the encoder " + codec->name +
               " does not start for " + std::to_string(encoder->width) + "x" +
               std::to_string(encoder->height) + "; choose another (h264 takes nearly all)");
  return encoder;
}

}  // namespace

Encoder::Encoder(const WriterOptions& options, const AVOutputFormat& container)
    : given_width_(options.width),
      given_height_(options.height),
      context_(open_encoder(options, container)),
      converter_(context_->width,
                 context_->height,
                 context_->pix_fmt == AV_PIX_FMT_PAL8 ? Palette::kInput : context_->pix_fmt) {
  if (context_->pix_fmt == AV_PIX_FMT_PAL8) {
    palette_.emplace(context_->width, context_->height, context_->time_base);
  }
}

void Encoder::encode(const AVFrame* picture) {
  av_check(avcodec_send_frame(context_.get(), picture),
           ExitCode::failed,
           picture == nullptr ? "the encoder cannot end" : "a frame cannot be encoded");
}

/// By way of the palette, which may hold a picture back.
void Encoder::encode_indexed(AVFrame* picture) {
  palette_->send(picture);
  while (const FramePtr indexed = palette_->receive()) {
    encode(indexed.get());
  }
}

std::int64_t Encoder::ticks(double seconds) const {
  return std::llround(seconds * context_->time_base.den / context_->time_base.num);
}

void Encoder::send(const Frame& frame, const std::optional<FrameArea>& changed) {
  require(frame.width == given_width_ && frame.height == given_height_,
          "a frame has the size of the video");
  FramePtr picture = converter_.convert(frame, changed);
  picture->pts = ticks(frame.pts_seconds);
  if (picture->pts <= last_pts_ && last_pts_ != INT64_MIN) {
    picture->pts = last_pts_ + 1;
    ++moved_frames_;
  }
  first_pts_ = first_pts_ == INT64_MIN ? picture->pts : first_pts_;
  last_pts_ = picture->pts;
  ++sent_;
  end_ = std::max(picture->pts + 1, ticks(frame.pts_seconds + frame.duration_seconds));
  durations_[picture->pts] = end_ - picture->pts;
  palette_ ? encode_indexed(picture.get()) : encode(picture.get());
}

void Encoder::flush() {
  if (palette_) {
    encode_indexed(nullptr);
  }
  encode(nullptr);
}

bool Encoder::receive(AVPacket& packet) {
  const int rc = avcodec_receive_packet(context_.get(), &packet);
  if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) {
    return false;
  }
  av_check(rc, ExitCode::failed, "a frame cannot be encoded");
  if (sent_ < kMinOfX265 && std::string_view(context_->codec->name) == "libx265") {
    packet.dts = packet.pts;
  }
  first_dts_ = first_dts_ == INT64_MIN ? packet.dts : first_dts_;
  // The encoders of FFmpeg 5.1 do not carry durations through, and the last frame's is needed.
  const auto found = durations_.find(packet.pts);
  if (found != durations_.end()) {
    packet.duration = found->second;
    durations_.erase(found);
  }
  return true;
}

void Encoder::set_last_duration(AVPacket& last) const {
  last.duration = std::max<std::int64_t>(1, (end_ - first_pts_) - (last.dts - first_dts_));
}

std::vector<std::string> Encoder::notes() const {
  std::vector<std::string> notes;
  if (context_->width != given_width_) {
    notes.push_back("the last column was cut off: " +
                    std::string(av_get_pix_fmt_name(context_->pix_fmt)) + " needs an even width");
  }
  if (context_->height != given_height_) {
    notes.push_back("the last row was cut off: " +
                    std::string(av_get_pix_fmt_name(context_->pix_fmt)) + " needs an even height");
  }
  if (moved_frames_ > 0) {
    notes.push_back(std::to_string(moved_frames_) +
                    " frames with time stamps that did not ascend were moved by a tick");
  }
  return notes;
}

}  // namespace hyportrait::media
