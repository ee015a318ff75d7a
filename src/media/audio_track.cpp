// SPDX-License-Identifier: Apache-2.0
#include "media/audio_track.h"

#include "base/log.h"
#include "media/audio_transcoder.h"
#include "media/codec_choice.h"
#include "media/input.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::media {

bool TimeMap::keeps(double seconds) const {
  return std::none_of(
      options_->dropped.begin(), options_->dropped.end(), [&](const Interval& gone) {
        return seconds >= gone.start_seconds && seconds < gone.end_seconds;
      });
}

double TimeMap::output_from_source(double seconds) const {
  double removed = 0.0;
  for (const Interval& gone : options_->dropped) {
    removed += std::max(0.0, std::min(seconds, gone.end_seconds) - gone.start_seconds);
  }
  return seconds - removed - options_->start_seconds;
}

std::unique_ptr<AudioTrack> AudioTrack::open(const AudioOptions& options, AVFormatContext& output) {
  if (options.source.empty() || output.oformat->audio_codec == AV_CODEC_ID_NONE) {
    return nullptr;
  }
  InputPtr input = open_input(options.source);
  AVStream* source = best_stream(*input, AVMEDIA_TYPE_AUDIO);
  if (source == nullptr) {
    return nullptr;
  }
  if (options.track) {
    const std::vector<AVStream*> tracks = sound_tracks(*input);
    if (static_cast<std::size_t>(*options.track) >= tracks.size()) {
      throw Error(ExitCode::usage,
                  options.source.string() + ": has no sound track " +
                      std::to_string(*options.track) + "; there are " +
                      std::to_string(tracks.size()) + ", from 0");
    }
    source = tracks[static_cast<std::size_t>(*options.track)];
  }
  return std::unique_ptr<AudioTrack>(new AudioTrack(options, std::move(input), *source, output));
}

AudioTrack::AudioTrack(const AudioOptions& options,
                       InputPtr input,
                       AVStream& source,
                       AVFormatContext& output)
    : options_(&options),
      time_map_(options),
      input_(std::move(input)),
      source_stream_(&source),
      output_stream_(avformat_new_stream(&output, nullptr)),
      packet_(make_packet()) {
  if (output_stream_ == nullptr) {
    throw std::bad_alloc();
  }
  use_only(*input_, source);
  AVCodecParameters& parameters = *output_stream_->codecpar;
  const std::string what = options.source.string() + ": its sound cannot be carried over";
  if (!options.reencode && container_takes_sound(*output.oformat, *source.codecpar)) {
    av_check(avcodec_parameters_copy(&parameters, source.codecpar), ExitCode::failed, what);
    parameters.codec_tag = 0;  // the container's own
    time_base_ = source.time_base;
  } else {
    transcoder_ =
        std::make_unique<AudioTranscoder>(source, options.source, *output.oformat, time_map_);
    av_check(avcodec_parameters_from_context(&parameters, &transcoder_->encoder()),
             ExitCode::failed,
             what);
    time_base_ = transcoder_->encoder().time_base;
  }
  output_stream_->time_base = time_base_;
  av_dict_copy(&output_stream_->metadata, source.metadata, 0);
  if (options.start_seconds > 0.0) {
    const auto ticks = static_cast<std::int64_t>(options.start_seconds / av_q2d(source.time_base));
    av_seek_frame(
        input_.get(), source.index, ticks, AVSEEK_FLAG_BACKWARD);  // else it reads from the start
  }
}

AudioTrack::~AudioTrack() = default;

/// The next packet that is kept, in the source's unit. False at the end.
bool AudioTrack::read_source_packet() {
  const double unit = av_q2d(source_stream_->time_base);
  while (read_packet(*input_, *source_stream_, *packet_, broken_off_)) {
    if (packet_->pts == AV_NOPTS_VALUE) {
      packet_->pts = packet_->dts == AV_NOPTS_VALUE ? next_pts_ : packet_->dts;
    }
    packet_->dts = packet_->pts;  // no codec for sound reorders
    next_pts_ = packet_->pts + packet_->duration;
    const double start = static_cast<double>(packet_->pts) * unit;
    const double end = static_cast<double>(next_pts_) * unit;
    if (options_->end_seconds && start >= *options_->end_seconds) {
      return false;
    }
    const bool before_start = options_->start_seconds > 0.0 && end <= options_->start_seconds;
    // Sound that is re-encoded is cut to the sample, later; packets go where their middle goes.
    const bool kept = transcoder_ != nullptr || time_map_.keeps((start + end) / 2);
    if (!before_start && kept) {
      return true;
    }
  }
  if (broken_off_) {
    logger().warn("{}: its sound breaks off", options_->source.string());
  }
  return false;
}

bool AudioTrack::fill_front() {
  if (transcoder_ != nullptr) {
    while (!transcoder_->receive(*packet_)) {
      if (ended_) {
        return false;
      }
      ended_ = !read_source_packet();
      transcoder_->send(ended_ ? nullptr : packet_.get());
      av_packet_unref(packet_.get());
    }
  } else {
    if (!read_source_packet()) {
      return false;
    }
    const double unit = av_q2d(time_base_);
    const bool untouched = options_->dropped.empty() && options_->start_seconds == 0.0;
    packet_->pts =
        untouched
            ? packet_->pts
            : std::llround(time_map_.output_from_source(static_cast<double>(packet_->pts) * unit) /
                           unit);
    packet_->dts = packet_->pts;
  }
  if (last_dts_ != INT64_MIN && packet_->dts <= last_dts_) {
    packet_->pts = packet_->dts = last_dts_ + 1;
  }
  last_dts_ = packet_->dts;
  return true;
}

AVPacket* AudioTrack::front() {
  if (!filled_) {
    filled_ = fill_front();
  }
  return filled_ ? packet_.get() : nullptr;
}

void AudioTrack::drop_front() {
  av_packet_unref(packet_.get());
  filled_ = false;
  ++packets_;
}

}  // namespace hyportrait::media
