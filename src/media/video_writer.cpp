// SPDX-License-Identifier: Apache-2.0
#include "media/video_writer.h"

#include <hyportrait/error.h>

#include "core/require.h"
#include "media/audio_track.h"
#include "media/codec_choice.h"
#include "media/encoder.h"
#include "media/muxer.h"

#include <limits>
#include <utility>

namespace hyportrait::media {

struct VideoWriter::Impl {
  Impl(const std::filesystem::path& target, const WriterOptions& wishes);

  void write_encoded();
  void write_held();
  void write_sound_until(double seconds);

  WriterOptions options;
  const AVOutputFormat* container;
  Encoder encoder_;
  Muxer muxer_;
  AVStream* video;                    ///< owned by muxer_
  std::unique_ptr<AudioTrack> audio;  ///< its stream is owned by muxer_
  PacketPtr packet = make_packet();
  PacketPtr held = make_packet();
  WriterReport report;
};

VideoWriter::Impl::Impl(const std::filesystem::path& target, const WriterOptions& wishes)
    : options(wishes),
      container(choose_container(target)),
      encoder_((check_container_carries(*container, *choose_encoder(wishes.codec), target), wishes),
               *container),
      muxer_(target, *container),
      video(avformat_new_stream(&muxer_.context(), nullptr)) {
  if (video == nullptr) {
    throw std::bad_alloc();
  }
  const AVCodecContext& context = encoder_.context();
  av_check(avcodec_parameters_from_context(video->codecpar, &context),
           ExitCode::failed,
           target.string());
  video->time_base = context.time_base;
  video->avg_frame_rate = context.framerate;
  audio = AudioTrack::open(options.audio, muxer_.context());
  muxer_.write_header(*video);
  report.encoder = context.codec->name;
  report.pixel_format = av_get_pix_fmt_name(context.pix_fmt);
}

/// Writes what the encoder has finished, but for the last packet: finish() settles its duration.
void VideoWriter::Impl::write_encoded() {
  while (encoder_.receive(*packet)) {
    write_held();
    std::swap(packet, held);
  }
}

/// A packet of the picture goes after the sound that comes before it.
void VideoWriter::Impl::write_held() {
  if (held->data == nullptr) {
    return;
  }
  const AVRational unit = encoder_.context().time_base;
  write_sound_until(static_cast<double>(held->dts) * av_q2d(unit));
  muxer_.write(*held, *video, unit);
}

void VideoWriter::Impl::write_sound_until(double seconds) {
  while (audio != nullptr) {
    AVPacket* next = audio->front();
    if (next == nullptr || static_cast<double>(next->dts) * av_q2d(audio->time_base()) > seconds) {
      return;
    }
    muxer_.write(*next, audio->stream(), audio->time_base());
    audio->drop_front();
  }
}

VideoWriter::VideoWriter(const std::filesystem::path& target, const WriterOptions& options)
    : impl_(std::make_unique<Impl>(target, options)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;

void VideoWriter::write(const Frame& frame) {
  impl_->encoder_.send(frame);
  ++impl_->report.frames;
  impl_->write_encoded();
}

WriterReport VideoWriter::finish(const std::function<void(const WriterReport&)>& before_rename) {
  Impl& impl = *impl_;
  require(impl.report.frames > 0, "a video has at least one frame");
  impl.encoder_.flush();
  impl.write_encoded();
  impl.encoder_.set_last_duration(*impl.held);
  impl.write_held();
  impl.write_sound_until(std::numeric_limits<double>::infinity());
  impl.report.notes = impl.encoder_.notes();
  if (impl.audio != nullptr) {
    impl.report.audio_packets = impl.audio->packets();
    impl.report.audio_reencoded = impl.audio->reencoded();
    if (impl.audio->reencoded()) {
      impl.report.notes.push_back(
          "the sound was re-encoded: this kind of file cannot carry the clip's");
    }
  }
  impl.muxer_.finish([&] {
    if (before_rename) {
      before_rename(impl.report);
    }
  });
  return std::move(impl.report);
}

}  // namespace hyportrait::media
