// SPDX-License-Identifier: Apache-2.0
#include "media/av_ptr.h"

#include "core/log.h"

#include <array>
#include <cstdarg>
#include <new>

namespace hyportrait::media {
namespace {

void forward_to_log(void* source, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_INFO || !logger().should_log(spdlog::level::debug)) {
    return;
  }
  std::array<char, 1024> line{};
  int print_prefix = 1;
  av_log_format_line2(source, level, format, arguments, line.data(), line.size(), &print_prefix);
  std::string_view text(line.data());
  while (!text.empty() && text.back() == '\n') {
    text.remove_suffix(1);
  }
  logger().debug("ffmpeg: {}", text);
}

}  // namespace

FramePtr make_frame() {
  return adopt<FramePtr>(av_frame_alloc());
}

PacketPtr make_packet() {
  return adopt<PacketPtr>(av_packet_alloc());
}

std::string av_error(int rc) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(rc, text.data(), text.size());
  return text.data();
}

int av_check(int rc, ExitCode code, std::string_view what) {
  if (rc == AVERROR(ENOMEM)) {
    throw std::bad_alloc();
  }
  if (rc < 0) {
    throw Error(code, std::string(what) + ": " + av_error(rc));
  }
  return rc;
}

void route_av_log() {
  static const bool routed = [] {
    av_log_set_callback(forward_to_log);
    return true;
  }();
  static_cast<void>(routed);
}

std::int64_t frame_duration(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

const std::int32_t* display_matrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 29, 100)
  const AVPacketSideData* side = av_packet_side_data_get(stream.codecpar->coded_side_data,
                                                         stream.codecpar->nb_coded_side_data,
                                                         AV_PKT_DATA_DISPLAYMATRIX);
  return side == nullptr ? nullptr : reinterpret_cast<const std::int32_t*>(side->data);
#else
  const std::uint8_t* side = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  return reinterpret_cast<const std::int32_t*>(side);
#endif
}

}  // namespace hyportrait::media
