// SPDX-License-Identifier: Apache-2.0
#include "media/ffmpeg_facts.h"

#include "media/codec_choice.h"

namespace hyportrait::media {

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

}  // namespace hyportrait::media
