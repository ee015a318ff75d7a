// SPDX-License-Identifier: Apache-2.0
#include "media/muxer.h"

#include <cerrno>
#include <string>
#include <string_view>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& target) {
  return target.parent_path().empty() ? fs::path(".") : target.parent_path();
}

}  // namespace

Muxer::Muxer(const fs::path& file, const fs::path& name, const AVOutputFormat& container)
    : name_(name) {
  if (!fs::is_directory(folder_of(name))) {
    throw Error(ExitCode::failed,
                name.string() + ": cannot be written: there is no folder " +
                    folder_of(name).string() + "; make it first");
  }
  const std::string url = "file:" + file.string();
  AVFormatContext* raw = nullptr;
  check(avformat_alloc_output_context2(&raw, &container, nullptr, url.c_str()));
  output_.reset(raw);
  // FLAC or Opus copied into an MP4 is "experimental" in some releases, and is what was asked for.
  output_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  check(avio_open(&output_->pb, url.c_str(), AVIO_FLAG_WRITE));
}

void Muxer::check(int rc) const {
  if (rc == AVERROR(ENOSPC) || rc == AVERROR(EDQUOT)) {
    throw Error(ExitCode::failed,
                name_.string() +
                    ": cannot be written: the disk is full; free some space or write elsewhere");
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
    av_dict_set(&options, "movflags", "+faststart", 0);
    // Edit lists count in the movie's unit, 1 ms by default: a late first frame would be rounded.
    av_dict_set_int(&options, "movie_timescale", video.time_base.den, 0);
  } else {
    output_->avoid_negative_ts = 0;  // shifting all streams would change the source's time stamps
  }
  const int rc = avformat_write_header(output_.get(), &options);
  av_dict_free(&options);
  check(rc);
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
  check(avio_closep(&output_->pb));
}

}  // namespace hyportrait::media
