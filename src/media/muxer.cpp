// SPDX-License-Identifier: Apache-2.0
#include "media/muxer.h"

#include "base/atomic_file.h"

#include <cerrno>
#include <string>
#include <string_view>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& target) {
  return target.parent_path().empty() ? fs::path(".") : target.parent_path();
}

/// "h264 and wmav2"
std::string streams_text(const AVFormatContext& output) {
  std::string text;
  for (unsigned int i = 0; i < output.nb_streams; ++i) {
    text += (i == 0 ? "" : " and ") +
            std::string(avcodec_get_name(output.streams[i]->codecpar->codec_id));
  }
  return text;
}

}  // namespace

Muxer::Muxer(const std::optional<fs::path>& file,
             const fs::path& name,
             const AVOutputFormat& container)
    : name_(name), in_memory_(!file) {
  if (file && !fs::is_directory(folder_of(name))) {
    throw Error(ExitCode::failed,
                name.string() + ": cannot be written: there is no folder " +
                    folder_of(name).string() + "; make it first");
  }
  const std::string url = "file:" + (file ? *file : name).string();
  AVFormatContext* raw = nullptr;
  check(avformat_alloc_output_context2(&raw, &container, nullptr, url.c_str()));
  output_.reset(raw);
  // FLAC or Opus copied into an MP4 is "experimental" in some releases, and is what was asked for.
  output_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  check(in_memory_ ? avio_open_dyn_buf(&output_->pb)
                   : avio_open(&output_->pb, url.c_str(), AVIO_FLAG_WRITE));
}

Muxer::~Muxer() {
  if (in_memory_) {
    drop_memory();
  }
}

/// What was written to memory is not a file of libav's, which closing it takes it for.
void Muxer::drop_memory() {
  if (output_ != nullptr && output_->pb != nullptr) {
    std::uint8_t* bytes = nullptr;
    avio_close_dyn_buf(output_->pb, &bytes);
    av_free(bytes);
    output_->pb = nullptr;
  }
}

void Muxer::check(int rc) const {
  if (in_memory_ && output_ != nullptr) {  // a trial: only the streams can be wrong
    check_streams(rc);
  }
  if (rc == AVERROR(ENOSPC) || rc == AVERROR(EDQUOT) || rc == AVERROR(EFBIG)) {
    fail_to_write(name_, AVUNERROR(rc));
  }
  if (rc < 0) {
    throw Error(
        ExitCode::failed,
        name_.string() + ": cannot be written: " + av_error(rc) + "; choose another place with -o");
  }
}

void Muxer::write_header(const AVStream& video) {
  AVDictionary* options = nullptr;
  const std::string_view kind = output_->oformat->name;
  if (kind == "mp4" || kind == "mov") {
    if (!in_memory_) {  // it reads the file again by its name
      av_dict_set(&options, "movflags", "+faststart", 0);
    }
    // Edit lists count in the movie's unit, 1 ms by default: a late first frame would be rounded.
    av_dict_set_int(&options, "movie_timescale", video.time_base.den, 0);
  } else {
    output_->avoid_negative_ts = 0;  // shifting all streams would change the source's time stamps
  }
  if (kind == "webp") {
    av_dict_set_int(&options, "loop", 0, 0);  // for ever, as a GIF does
  }
  const int rc = avformat_write_header(output_.get(), &options);
  av_dict_free(&options);
  check_streams(rc);
  check(rc);
}

/// Some containers say so at the header, others at the first packet or at the end.
void Muxer::check_streams(int rc) const {
  if (rc == AVERROR(EINVAL) || rc == AVERROR_PATCHWELCOME) {
    throw Error(ExitCode::usage,
                name_.string() + ": this kind of file does not take " + streams_text(*output_) +
                    " together (" + av_error(rc) +
                    "); choose another ending (.mkv takes nearly all), another --codec, or "
                    "--audio none");
  }
}

void Muxer::write(AVPacket& packet, const AVStream& stream, AVRational time_base) {
  packet.stream_index = stream.index;
  av_packet_rescale_ts(&packet, time_base, stream.time_base);
  const int rc = av_write_frame(output_.get(), &packet);
  av_packet_unref(&packet);
  check(rc);
  check(output_->pb->error);
}

void Muxer::finish() {
  check(av_write_trailer(output_.get()));
  check(output_->pb->error);
  if (!in_memory_) {
    check(avio_closep(&output_->pb));
  }
}

}  // namespace hyportrait::media
