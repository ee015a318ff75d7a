// SPDX-License-Identifier: Apache-2.0
#include "media/video_writer.h"

#include <hyportrait/error.h>

#include "base/require.h"
#include "media/audio_track.h"
#include "media/codec_choice.h"
#include "media/encoder.h"
#include "media/muxer.h"

#include <limits>
#include <optional>
#include <utility>

namespace hyportrait::media {
namespace {

/// The container that a name asks for. Throws Error(usage) when it cannot carry the codec.
const AVOutputFormat* container_for(const std::filesystem::path& name, const std::string& codec) {
  const AVOutputFormat* container = choose_container(name);
  check_container_carries(*container, *choose_encoder(codec), name);
  return container;
}

}  // namespace

struct VideoWriter::Impl {
  /// Into memory without a `file`.
  Impl(const std::optional<std::filesystem::path>& file, const WriterOptions& request);

  void write(const Frame& frame, const std::optional<FrameArea>& changed);
  WrittenFacts finish();
  void write_encoded();
  void write_held();
  void write_sound_until(double seconds);

  WriterOptions options;
  std::filesystem::path name;
  const AVOutputFormat* container;
  Encoder encoder_;
  Muxer muxer_;
  AVStream* video;                    ///< owned by muxer_
  std::unique_ptr<AudioTrack> audio;  ///< its stream is owned by muxer_
  PacketPtr packet = make_packet();
  PacketPtr held = make_packet();
  WrittenFacts report;
};

VideoWriter::Impl::Impl(const std::optional<std::filesystem::path>& file,
                        const WriterOptions& request)
    : options(request),
      name(request.name.empty() ? file.value() : request.name),
      container(container_for(name, request.codec)),
      encoder_(request, *container),
      muxer_(file, name, *container),
      video(avformat_new_stream(&muxer_.context(), nullptr)) {
  if (video == nullptr) {
    throw std::bad_alloc();
  }
  const AVCodecContext& context = encoder_.context();
  av_check(
      avcodec_parameters_from_context(video->codecpar, &context), ExitCode::failed, name.string());
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

VideoWriter::VideoWriter(const std::filesystem::path& file, const WriterOptions& options)
    : impl_(std::make_unique<Impl>(file, options)) {}
VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;

void VideoWriter::Impl::write(const Frame& frame, const std::optional<FrameArea>& changed) {
  encoder_.send(frame, changed);
  ++report.frames;
  write_encoded();
}

WrittenFacts VideoWriter::Impl::finish() {
  require(report.frames > 0, "a video has at least one frame");
  encoder_.flush();
  write_encoded();
  encoder_.set_last_duration(*held);
  write_held();
  write_sound_until(std::numeric_limits<double>::infinity());
  report.notes = encoder_.notes();
  if (audio == nullptr && !options.audio.source.empty()) {
    report.notes.push_back("this kind of file carries no sound");
  }
  if (audio != nullptr) {
    report.audio_packets = audio->packets();
    report.audio_reencoded = audio->reencoded();
    if (audio->reencoded()) {
      report.notes.push_back("the sound was re-encoded: this kind of file cannot carry the clip's");
    }
  }
  muxer_.finish();
  return std::move(report);
}

void VideoWriter::write(const Frame& frame, const std::optional<FrameArea>& changed) {
  impl_->write(frame, changed);
}

WrittenFacts VideoWriter::finish() {
  return impl_->finish();
}

void try_writer(const WriterOptions& options) {
  constexpr double kSound = 0.5;  // s: a few packets
  WriterOptions trial = options;
  trial.audio.end_seconds = options.audio.start_seconds + kSound;
  VideoWriter::Impl writer(std::nullopt, trial);
  Frame frame = Frame::black(options.width, options.height);
  frame.duration_seconds =
      options.frame_rate.num > 0
          ? static_cast<double>(options.frame_rate.den) / options.frame_rate.num
          : 1.0;
  writer.write(frame, {});
  writer.finish();
}

}  // namespace hyportrait::media
