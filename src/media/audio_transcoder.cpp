// SPDX-License-Identifier: Apache-2.0
#include "media/audio_transcoder.h"

#include "media/codec_choice.h"
#include "media/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hyportrait::media {
namespace {

constexpr int kUsualFrame = 1024;  // samples, for encoders that take any number

const AVCodec* choose_audio_encoder(const AVOutputFormat& container) {
  for (const char* name : {"aac", "libopus", "libvorbis", "flac"}) {
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (codec != nullptr && container_carries(container, codec->id)) {
      return codec;
    }
  }
  throw Error(
      ExitCode::usage,
      "this FFmpeg has no encoder for the clip's sound; use --audio none or an .mkv target");
}

/// The source's rate where the encoder takes it, else the nearest that it does.
int choose_rate(const AVCodec& codec, int wanted) {
  int best = wanted;
  int distance = INT32_MAX;
  for (const int* rate = codec.supported_samplerates; rate != nullptr && *rate != 0; ++rate) {
    if (std::abs(*rate - wanted) < distance) {
      distance = std::abs(*rate - wanted);
      best = *rate;
    }
  }
  return best;
}

CodecPtr open_audio_encoder(const AVCodec& codec,
                            const AVCodecContext& decoder,
                            bool global_header) {
  auto encoder = adopt<CodecPtr>(avcodec_alloc_context3(&codec));
  encoder->sample_rate = choose_rate(codec, decoder.sample_rate);
  encoder->sample_fmt = codec.sample_fmts == nullptr ? AV_SAMPLE_FMT_FLTP : codec.sample_fmts[0];
  // More than two channels need a layout that both ends agree on; a portrait's clip is speech.
  av_channel_layout_default(&encoder->ch_layout, std::min(decoder.ch_layout.nb_channels, 2));
  encoder->time_base = {1, encoder->sample_rate};
  encoder->bit_rate = 96000LL * encoder->ch_layout.nb_channels;
  if (global_header) {
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  av_check(avcodec_open2(encoder.get(), &codec, nullptr),
           ExitCode::failed,
           std::string("the sound encoder ") + codec.name + " does not start");
  return encoder;
}

SwrPtr open_resampler(const AVCodecContext& decoder, const AVCodecContext& encoder) {
  SwrContext* raw = nullptr;
  AVChannelLayout layout{};
  if (decoder.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&layout, decoder.ch_layout.nb_channels);
  } else {
    av_channel_layout_copy(&layout, &decoder.ch_layout);
  }
  const int rc =
      swr_alloc_set_opts2(&raw,
                          const_cast<AVChannelLayout*>(&encoder.ch_layout),  // const since FFmpeg 6
                          encoder.sample_fmt,
                          encoder.sample_rate,
                          &layout,
                          decoder.sample_fmt,
                          decoder.sample_rate,
                          0,
                          nullptr);
  SwrPtr swr(raw);
  av_channel_layout_uninit(&layout);
  av_check(rc, ExitCode::input, "the clip's sound cannot be converted");
  av_check(swr_init(swr.get()), ExitCode::input, "the clip's sound cannot be converted");
  return swr;
}

FramePtr make_samples(const AVCodecContext& encoder, int samples) {
  FramePtr frame = make_frame();
  frame->nb_samples = samples;
  frame->format = encoder.sample_fmt;
  frame->sample_rate = encoder.sample_rate;
  av_channel_layout_copy(&frame->ch_layout, &encoder.ch_layout);
  av_check(av_frame_get_buffer(frame.get(), 0), ExitCode::failed, "no room for sound");
  return frame;
}

void** planes(AVFrame& frame) {
  return reinterpret_cast<void**>(frame.extended_data);
}

}  // namespace

AudioTranscoder::AudioTranscoder(const AVStream& source,
                                 const std::filesystem::path& path,
                                 const AVOutputFormat& container,
                                 const TimeMap& time_map)
    : time_map_(time_map),
      source_time_base_(source.time_base),
      decoder_(open_decoder(source, path)),
      encoder_(open_audio_encoder(*choose_audio_encoder(container),
                                  *decoder_,
                                  (container.flags & AVFMT_GLOBALHEADER) != 0)),
      swr_(open_resampler(*decoder_, *encoder_)),
      fifo_(adopt<FifoPtr>(av_audio_fifo_alloc(
          encoder_->sample_fmt, encoder_->ch_layout.nb_channels, kUsualFrame))) {}

void AudioTranscoder::send(const AVPacket* packet) {
  avcodec_send_packet(decoder_.get(),
                      packet);  // a damaged packet leaves a gap, which becomes silence
  decode_available();
  source_ended_ = packet == nullptr;
}

void AudioTranscoder::decode_available() {
  FramePtr frame = make_frame();
  while (avcodec_receive_frame(decoder_.get(), frame.get()) == 0) {
    append(*frame);
  }
}

/// Puts a decoded frame where its time goes: silence before it over a gap, samples left out where
/// it overlaps.
void AudioTranscoder::append(const AVFrame& frame) {
  const double start = static_cast<double>(frame.best_effort_timestamp) * av_q2d(source_time_base_);
  if (!time_map_.keeps(start + 0.5 * frame.nb_samples / frame.sample_rate)) {
    return;
  }
  const std::int64_t place =
      std::llround(time_map_.output_from_source(start) * encoder_->sample_rate);
  start_ = start_ == INT64_MIN ? place : start_;
  FramePtr converted = make_samples(*encoder_, swr_get_out_samples(swr_.get(), frame.nb_samples));
  const int samples = av_check(swr_convert(swr_.get(),
                                           converted->extended_data,
                                           converted->nb_samples,
                                           const_cast<const std::uint8_t**>(frame.extended_data),
                                           frame.nb_samples),
                               ExitCode::input,
                               "the clip's sound cannot be converted");
  // Resampling rounds to whole samples, and containers to their unit: only a difference that could
  // be heard counts.
  const std::int64_t gap = place - (start_ + appended_);
  const int tolerance = encoder_->sample_rate / 100;
  if (gap > tolerance) {
    append_silence(gap);
  }
  const int overlap =
      -gap > tolerance ? static_cast<int>(std::min<std::int64_t>(-gap, samples)) : 0;
  if (overlap == samples) {
    return;
  }
  FramePtr fresh = make_samples(*encoder_, samples - overlap);
  av_samples_copy(fresh->extended_data,
                  converted->extended_data,
                  0,
                  overlap,
                  fresh->nb_samples,
                  encoder_->ch_layout.nb_channels,
                  encoder_->sample_fmt);
  av_check(av_audio_fifo_write(fifo_.get(), planes(*fresh), fresh->nb_samples),
           ExitCode::failed,
           "no room for sound");
  appended_ += fresh->nb_samples;
}

void AudioTranscoder::append_silence(std::int64_t samples) {
  constexpr int kMostAtOnce = 1 << 16;
  for (std::int64_t left = samples; left > 0; left -= kMostAtOnce) {
    const int count = static_cast<int>(std::min<std::int64_t>(left, kMostAtOnce));
    FramePtr silence = make_samples(*encoder_, count);
    av_samples_set_silence(
        silence->extended_data, 0, count, encoder_->ch_layout.nb_channels, encoder_->sample_fmt);
    av_check(av_audio_fifo_write(fifo_.get(), planes(*silence), count),
             ExitCode::failed,
             "no room for sound");
  }
  appended_ += samples;
}

/// Hands the encoder one frame of the fifo, or the end. False when it has to wait for more.
bool AudioTranscoder::encode_some() {
  const int frame_size = encoder_->frame_size > 0 ? encoder_->frame_size : kUsualFrame;
  const int available = av_audio_fifo_size(fifo_.get());
  if (available >= frame_size || (source_ended_ && available > 0)) {
    FramePtr frame = make_samples(*encoder_, std::min(available, frame_size));
    av_audio_fifo_read(fifo_.get(), planes(*frame), frame->nb_samples);
    frame->pts = start_ + encoded_;
    encoded_ += frame->nb_samples;
    av_check(avcodec_send_frame(encoder_.get(), frame.get()),
             ExitCode::failed,
             "the sound cannot be encoded");
    return true;
  }
  if (source_ended_ && !flushed_) {
    flushed_ = true;
    av_check(avcodec_send_frame(encoder_.get(), nullptr),
             ExitCode::failed,
             "the sound cannot be encoded");
    return true;
  }
  return false;
}

bool AudioTranscoder::receive(AVPacket& packet) {
  while (true) {
    const int rc = avcodec_receive_packet(encoder_.get(), &packet);
    if (rc == 0) {
      return true;
    }
    if (rc == AVERROR_EOF) {
      return false;
    }
    if (rc != AVERROR(EAGAIN)) {
      av_check(rc, ExitCode::failed, "the sound cannot be encoded");
    }
    if (!encode_some()) {
      return false;
    }
  }
}

}  // namespace hyportrait::media
