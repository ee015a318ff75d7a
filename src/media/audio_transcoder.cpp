// SPDX-License-Identifier: Apache-2.0
#include "media/audio_transcoder.h"

#include "base/log.h"
#include "media/codec_choice.h"
#include "media/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace hyportrait::media {
namespace {

constexpr int kUsualFrame = 1024;  // samples, for encoders that take any number
// Time that goes further than this is a clock that was set anew: pauses are shorter than a film
// (33 bits of a transport stream wrap after 26.5 hours), and overlaps come from cuts, and are
// short.
constexpr double kLongestPause = 3.0 * 3600.0;  // s
constexpr double kLongestOverlap = 10.0;        // s

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

int filter_check(int rc) {
  return av_check(rc, ExitCode::input, "the clip's sound cannot be converted");
}

struct SoundFormat {
  AVSampleFormat samples;
  int rate;
  const AVChannelLayout& layout;
};

SoundFormat format_of(const AVFrame& frame) {
  return {static_cast<AVSampleFormat>(frame.format), frame.sample_rate, frame.ch_layout};
}

SoundFormat format_of(const AVCodecContext& encoder) {
  return {encoder.sample_fmt, encoder.sample_rate, encoder.ch_layout};
}

std::string name_of(const AVChannelLayout& layout) {
  std::array<char, 64> name{};
  filter_check(av_channel_layout_describe(&layout, name.data(), name.size()));
  return name.data();
}

/// `filters` as ffmpeg's -af takes them; for sound of this format, timed in 1/`ticks` s.
FilterChain open_chain(const SoundFormat& from, int ticks, const std::string& filters) {
  FilterChain chain{.graph = adopt<GraphPtr>(avfilter_graph_alloc())};
  chain.graph->nb_threads = 1;  // there is nothing to share out
  const std::string whole =
      std::string("abuffer@entry=sample_fmt=") + av_get_sample_fmt_name(from.samples) +
      ":sample_rate=" + std::to_string(from.rate) + ":channel_layout=" + name_of(from.layout) +
      ":time_base=1/" + std::to_string(ticks) + "," + filters + ",abuffersink@exit";
  filter_check(
      avfilter_graph_parse_ptr(chain.graph.get(), whole.c_str(), nullptr, nullptr, nullptr));
  filter_check(avfilter_graph_config(chain.graph.get(), nullptr));
  chain.entry = avfilter_graph_get_filter(chain.graph.get(), "abuffer@entry");
  chain.exit = avfilter_graph_get_filter(chain.graph.get(), "abuffersink@exit");
  return chain;
}

/// From a decoded frame's format to the encoder's. `first` is the place of the first sample that is
/// to come out: what the frames lack before it is silence, what they have before it is left out.
FilterChain open_converter(const AVFrame& like, const AVCodecContext& encoder, std::int64_t first) {
  const SoundFormat to = format_of(encoder);
  // libswresample counts it at the rate of what goes in.
  const std::int64_t first_in = av_rescale(first, like.sample_rate, to.rate);
  // Resampling rounds to whole samples, and containers to their unit: below 10 ms, which cannot be
  // heard, a difference stays.
  return open_chain(format_of(like),
                    to.rate,
                    "aresample=async=1:min_hard_comp=0.01:first_pts=" + std::to_string(first_in) +
                        ",aformat=sample_fmts=" + av_get_sample_fmt_name(to.samples) +
                        ":sample_rates=" + std::to_string(to.rate) +
                        ":channel_layouts=" + name_of(to.layout));
}

/// To frames of the length that the encoder takes; the last may be short.
FilterChain open_chunker(const AVCodecContext& encoder) {
  const int samples = encoder.frame_size > 0 ? encoder.frame_size : kUsualFrame;
  return open_chain(format_of(encoder),
                    encoder.sample_rate,
                    "asetnsamples=pad=0:nb_out_samples=" + std::to_string(samples));
}

bool takes(const FilterChain& chain, const AVFrame& frame) {
  if (chain.graph == nullptr) {
    return false;
  }
  const AVFilterLink& link = *chain.entry->outputs[0];
  return link.format == frame.format && link.sample_rate == frame.sample_rate &&
         av_channel_layout_compare(&link.ch_layout, &frame.ch_layout) == 0;
}

/// Hands a frame over, or with nullptr the end.
void give(const FilterChain& chain, AVFrame* frame) {
  filter_check(av_buffersrc_add_frame(chain.entry, frame));
}

/// The next finished frame, or nullptr when there is none now.
FramePtr take(const FilterChain& chain) {
  FramePtr frame = make_frame();
  const int rc = av_buffersink_get_frame(chain.exit, frame.get());
  if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) {
    return nullptr;
  }
  filter_check(rc);
  return frame;
}

/// The usual layout for its number of channels where it has none that filters can mix.
void name_channels(AVChannelLayout& layout) {
  if (layout.order != AV_CHANNEL_ORDER_NATIVE) {
    const int channels = layout.nb_channels;
    av_channel_layout_uninit(&layout);
    av_channel_layout_default(&layout, channels);
  }
}

FramePtr second_of_silence(const AVFrame& like) {
  FramePtr frame = make_frame();
  frame->nb_samples = like.sample_rate;
  frame->format = like.format;
  frame->sample_rate = like.sample_rate;
  filter_check(av_channel_layout_copy(&frame->ch_layout, &like.ch_layout));
  filter_check(av_frame_get_buffer(frame.get(), 0));
  filter_check(av_samples_set_silence(frame->extended_data,
                                      0,
                                      frame->nb_samples,
                                      like.ch_layout.nb_channels,
                                      static_cast<AVSampleFormat>(like.format)));
  return frame;
}

}  // namespace

AudioTranscoder::AudioTranscoder(const AVStream& source,
                                 const std::filesystem::path& path,
                                 const AVOutputFormat& container,
                                 const TimeMap& time_map)
    : time_map_(time_map),
      path_(path),
      source_time_base_(source.time_base),
      decoder_(open_decoder(source, path)),
      encoder_(open_audio_encoder(*choose_audio_encoder(container),
                                  *decoder_,
                                  (container.flags & AVFMT_GLOBALHEADER) != 0)),
      chunker_(open_chunker(*encoder_)) {}

void AudioTranscoder::send(const AVPacket* packet) {
  avcodec_send_packet(decoder_.get(),
                      packet);  // a damaged packet leaves a gap, which becomes silence
  source_ended_ = packet == nullptr;
}

/// Makes the next frame that is kept wait in decoded_. False when the decoder needs a packet first.
bool AudioTranscoder::decode() {
  while (decoded_ == nullptr) {
    FramePtr frame = make_frame();
    if (avcodec_receive_frame(decoder_.get(), frame.get()) != 0) {
      return false;
    }
    if (place(*frame)) {
      name_channels(frame->ch_layout);
      decoded_ = std::move(frame);
    }
  }
  return true;
}

/// Sets where the frame goes, in samples after the first. False for one that is left out.
bool AudioTranscoder::place(AVFrame& frame) {
  const double length = static_cast<double>(frame.nb_samples) / frame.sample_rate;
  const double start =
      frame.best_effort_timestamp == AV_NOPTS_VALUE
          ? source_end_
          : static_cast<double>(frame.best_effort_timestamp) * av_q2d(source_time_base_);
  source_end_ = start + length;
  if (!time_map_.keeps(start + 0.5 * length)) {
    return false;
  }
  const double moment = time_map_.output_from_source(start);
  const double rate = encoder_->sample_rate;
  if (!origin_) {
    origin_ = moment;
    start_ = std::llround(moment * rate);
  }
  const double gap = moment - *origin_ - static_cast<double>(fed_) / rate;
  if (gap > kLongestPause || gap < -kLongestOverlap) {
    origin_ = *origin_ + gap;
    if (!std::exchange(jumped_, true)) {
      logger().warn(
          "{}: the time stamps of its sound jump by {:.1f} s to {:.1f} s: it goes on without a "
          "pause; if it is out of time with the picture from there, re-encode the clip first",
          path_.string(),
          gap,
          start);
    }
  }
  frame.pts = std::llround((moment - *origin_) * rate);
  return true;
}

/// Gives the filters the waiting frame, or a second of what silence there is still to come before
/// it: aresample would hold all of a gap at once. False when a packet is needed first.
bool AudioTranscoder::feed_filters() {
  if (!decode()) {
    if (source_ended_) {
      convert(nullptr);
      give(chunker_, nullptr);
      filters_ended_ = true;
    }
    return source_ended_;
  }
  if (!takes(converter_, *decoded_)) {
    convert(nullptr);
    converter_ = open_converter(*decoded_, *encoder_, converted_);
  }
  FramePtr piece;
  if (decoded_->pts - fed_ > encoder_->sample_rate) {
    piece = second_of_silence(*decoded_);
    piece->pts = fed_;
  } else {
    piece = std::move(decoded_);
  }
  const std::int64_t end =
      piece->pts + av_rescale(piece->nb_samples, encoder_->sample_rate, piece->sample_rate);
  fed_ = std::max(fed_, end);
  convert(piece.get());
  return true;
}

/// Sends a frame, or with nullptr the end, through the converter.
void AudioTranscoder::convert(AVFrame* frame) {
  if (converter_.graph == nullptr) {
    return;  // the source ends before its first frame, or this is the first
  }
  give(converter_, frame);
  while (const FramePtr converted = take(converter_)) {
    converted_ += converted->nb_samples;
    give(chunker_, converted.get());
  }
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
    const FramePtr frame = take(chunker_);
    if (frame != nullptr) {
      frame->pts = start_ + encoded_;
      encoded_ += frame->nb_samples;
    }
    if (frame != nullptr || filters_ended_) {
      av_check(avcodec_send_frame(encoder_.get(), frame.get()),
               ExitCode::failed,
               "the sound cannot be encoded");
    } else if (!feed_filters()) {
      return false;
    }
  }
}

}  // namespace hyportrait::media
