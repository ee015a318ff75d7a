// SPDX-License-Identifier: Apache-2.0
#include "media/ffmpeg_facts.h"

#include "base/log.h"
#include "media/codec_choice.h"

#include <array>
#include <cstdarg>

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

FfmpegFacts ffmpeg_facts() {
  FfmpegFacts facts{.version = av_version_info(), .encoders = {}};
  for (const char* name : {"h264", "hevc", "av1", "prores", "vp9", "nvenc"}) {
    try {
      facts.encoders.emplace_back(name, choose_encoder(name)->name);
    } catch (const Error&) {
      facts.encoders.emplace_back(name, "");  // there is none
    }
  }
  return facts;
}

void route_ffmpeg_messages() {
  av_log_set_callback(forward_to_log);
}

}  // namespace hyportrait::media
