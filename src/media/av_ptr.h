// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <memory>
#include <string>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/dict.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#if LIBAVCODEC_VERSION_MAJOR < 59 || LIBAVUTIL_VERSION_INT < AV_VERSION_INT(57, 28, 100)
#error "hyportrait needs FFmpeg 5.1 or newer"
#endif

// The one place of libav ownership; only the .cpp files and inner headers of media/ include it.
namespace hyportrait::media {

template <auto Free>
struct AvFree {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
/// For the functions of libav that take a pointer to the pointer.
template <auto Free>
struct AvFreeP {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(&p);
  }
};
struct OutputFree {
  void operator()(AVFormatContext* p) const noexcept {
    avio_closep(&p->pb);
    avformat_free_context(p);
  }
};

using FramePtr = std::unique_ptr<AVFrame, AvFreeP<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, AvFreeP<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvFreeP<avcodec_free_context>>;
using InputPtr = std::unique_ptr<AVFormatContext, AvFreeP<avformat_close_input>>;
using OutputPtr = std::unique_ptr<AVFormatContext, OutputFree>;
using SwsPtr = std::unique_ptr<SwsContext, AvFree<sws_freeContext>>;
using GraphPtr = std::unique_ptr<AVFilterGraph, AvFreeP<avfilter_graph_free>>;

FramePtr make_frame();
PacketPtr make_packet();

/// libav's text for a negative return code.
std::string av_error(int rc);

/// `rc`, or throws Error(code, "what: reason") when it is negative. EAGAIN and EOF are states:
/// handle them before.
int av_check(int rc, ExitCode code, std::string_view what);

/// Adopts the result of an allocating function; running out of memory is std::bad_alloc.
template <class Ptr>
Ptr adopt(typename Ptr::pointer raw) {
  if (raw == nullptr) {
    throw std::bad_alloc();
  }
  return Ptr(raw);
}

// Where releases of FFmpeg differ.
std::int64_t frame_duration(const AVFrame& frame);           ///< in its stream's unit; 0 unknown
const std::int32_t* display_matrix(const AVStream& stream);  ///< 9 values, or nullptr

}  // namespace hyportrait::media
