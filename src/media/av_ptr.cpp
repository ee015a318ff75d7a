// SPDX-License-Identifier: Apache-2.0
#include "media/av_ptr.h"

#include <array>
#include <new>

namespace hyportrait::media {
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
