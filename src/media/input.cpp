// SPDX-License-Identifier: Apache-2.0
#include "media/input.h"

#include <algorithm>
#include <string>
#include <thread>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClipAdvice = "give a video file (MP4, MOV, MKV, WebM, GIF)";
// Real containers and single pictures, found by content. Missing on purpose: play lists (hls,
// concat), numbered pictures (image2), and tty, which draws text files as video.
constexpr const char* kFormats =
    "mov,matroska,gif,avi,flv,mpegts,mpeg,asf,ogg,apng,mpegvideo,h264,hevc,ivf,"
    "png_pipe,jpeg_pipe,webp_pipe,tiff_pipe,bmp_pipe";
constexpr unsigned kMaxThreads = 8;  // each holds a frame or two

[[noreturn]] void refuse_clip(const fs::path& path, const std::string& why) {
  throw Error(ExitCode::input, path.string() + ": " + why);
}

struct OptionDictionary {
  AVDictionary* dictionary = nullptr;
  ~OptionDictionary() { av_dict_free(&dictionary); }
};

}  // namespace

InputPtr open_input(const fs::path& path) {
  check_local_file(path, kClipAdvice);
  OptionDictionary options;
  av_dict_set(&options.dictionary, "protocol_whitelist", "file", 0);
  av_dict_set(&options.dictionary, "format_whitelist", kFormats, 0);
  AVFormatContext* raw = nullptr;
  // "file:" keeps a colon in a name from being read as a protocol.
  const std::string url = "file:" + path.string();
  const int rc = avformat_open_input(&raw, url.c_str(), nullptr, &options.dictionary);
  InputPtr input(raw);
  if (rc == AVERROR(EACCES)) {
    refuse_clip(path, "cannot be opened: " + av_error(rc));
  }
  if (rc < 0) {
    refuse_clip(path,
                std::string("is not a video that can be read, or is damaged (") + av_error(rc) +
                    "); " + kClipAdvice);
  }
  av_check(avformat_find_stream_info(input.get(), nullptr),
           ExitCode::input,
           path.string() + ": its streams cannot be read; " + kClipAdvice);
  return input;
}

AVStream* best_stream(const AVFormatContext& input, AVMediaType type) {
  auto* context = const_cast<AVFormatContext*>(&input);  // the function does not change it
  const int best = av_find_best_stream(context, type, -1, -1, nullptr, 0);
  if (best < 0) {
    return nullptr;
  }
  AVStream* stream = input.streams[best];
  const auto is_cover = [](const AVStream* s) {
    return (s->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  };
  if (!is_cover(stream)) {
    return stream;
  }
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (input.streams[i]->codecpar->codec_type == type && !is_cover(input.streams[i])) {
      return input.streams[i];
    }
  }
  return nullptr;
}

std::vector<AVStream*> sound_tracks(const AVFormatContext& input) {
  std::vector<AVStream*> tracks;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    if (input.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      tracks.push_back(input.streams[i]);
    }
  }
  return tracks;
}

void use_only(AVFormatContext& input, const AVStream& stream) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    input.streams[i]->discard = input.streams[i] == &stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

CodecPtr open_decoder(const AVStream& stream, const fs::path& path) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    refuse_clip(path,
                std::string("this FFmpeg has no decoder for ") +
                    avcodec_get_name(parameters.codec_id) + "; convert the clip to H.264 first");
  }
  auto decoder = adopt<CodecPtr>(avcodec_alloc_context3(codec));
  const std::string what = path.string() + ": the " + codec->name + " decoder cannot be started";
  av_check(avcodec_parameters_to_context(decoder.get(), &parameters), ExitCode::input, what);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count =
      static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads));
  av_check(avcodec_open2(decoder.get(), codec, nullptr), ExitCode::input, what);
  return decoder;
}

bool read_packet(AVFormatContext& input,
                 const AVStream& stream,
                 AVPacket& packet,
                 bool& broken_off) {
  while (true) {
    av_packet_unref(&packet);
    const int rc = av_read_frame(&input, &packet);
    if (rc == AVERROR(EAGAIN)) {
      continue;
    }
    if (rc < 0) {
      broken_off = broken_off || rc != AVERROR_EOF;
      return false;
    }
    if (packet.stream_index == stream.index) {
      broken_off = (packet.flags & AV_PKT_FLAG_CORRUPT) != 0;
      return true;
    }
  }
}

}  // namespace hyportrait::media
