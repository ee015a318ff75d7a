// SPDX-License-Identifier: Apache-2.0
#include "media/ffmpeg_facts.h"

#include "media/codec_choice.h"

namespace hyportrait::media {

FfmpegFacts ffmpeg_facts() {
  FfmpegFacts facts{.version = av_version_info(), .encoders = {}};
  for (const char* name : {"h264", "hevc", "av1", "prores", "vp9", "nvenc"}) {
    std::string encoder;
    try {
      encoder = choose_encoder(name)->name;
    } catch (const Error&) {  // there is none
    }
    facts.encoders.emplace_back(name, encoder);
  }
  return facts;
}

}  // namespace hyportrait::media
