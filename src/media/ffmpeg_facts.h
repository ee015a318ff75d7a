// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hyportrait::media {

/// What this FFmpeg is and can.
struct FfmpegFacts {
  std::string version;  ///< "5.1.6-0+deb12u1"
  /// The names of --codec and the encoder behind each; empty where there is none.
  std::vector<std::pair<std::string, std::string>> encoders;
};
FfmpegFacts ffmpeg_facts();

/// Sends FFmpeg's messages to the log, at debug level: what a user must know is said by us, once.
/// For the whole process, so only where that asks for it.
void route_ffmpeg_messages();

}  // namespace hyportrait::media
