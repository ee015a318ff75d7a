// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/frame.h"
#include "media/video_reader.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace hyportrait::metrics {

/// Whether the file is a still picture that media::read_image knows (by content). False for what
/// cannot be read.
bool is_picture(const std::filesystem::path& path);

/// The frames of a clip, of a folder of PNGs (--frames-dir; in order of their names), or the one of
/// a still picture; pull, one at a time. Not thread-safe.
class FrameSource final {
 public:
  /// Throws Error(input) naming the path when it is none of these.
  explicit FrameSource(const std::filesystem::path& path, const media::ReaderOptions& options = {});

  /// The next frame, or nothing at the end. Time stamps are those of the clip; 0 for pictures.
  std::optional<Frame> next();

  /// Whether the frames have time stamps.
  [[nodiscard]] bool has_times() const { return reader_.has_value(); }

 private:
  std::optional<media::VideoReader> reader_;
  std::vector<std::filesystem::path> pictures_;
  std::size_t next_picture_ = 0;
};

}  // namespace hyportrait::metrics
