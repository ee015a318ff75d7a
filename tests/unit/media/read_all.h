// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/video_reader.h"
#include "support/synthetic_clip.h"

#include <filesystem>
#include <utility>
#include <vector>

namespace hyportrait::media {

inline std::vector<Frame> read_all(VideoReader& reader) {
  std::vector<Frame> frames;
  while (std::optional<Frame> frame = reader.next()) {
    frames.push_back(std::move(*frame));
  }
  return frames;
}

inline std::vector<Frame> read_all(const std::filesystem::path& path,
                                   const ReaderOptions& options = {}) {
  VideoReader reader(path, options);
  return read_all(reader);
}

/// The numbers that the frames of a bar-coded clip show.
inline std::vector<int> codes_of(const std::vector<Frame>& frames) {
  std::vector<int> codes;
  for (const Frame& frame : frames) {
    codes.push_back(test::read_bar_code(frame));
  }
  return codes;
}

}  // namespace hyportrait::media
