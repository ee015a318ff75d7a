// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "media/video_reader.h"

#include <filesystem>
#include <optional>

namespace hyportrait::metrics {

/// The frames of a clip, of a folder of pictures (such as --frames-dir's; in order of their names),
/// or the one of a still picture; pull, one at a time. Not thread-safe.
class FrameSource final {
 public:
  /// Throws Error(input) naming the path when it is none of these.
  explicit FrameSource(const std::filesystem::path& path, const media::ReaderOptions& options = {});

  /// The next frame, or nothing at the end. Time stamps are those of the clip; 0 for pictures.
  std::optional<Frame> next();

  /// Whether the frames have time stamps.
  [[nodiscard]] bool has_times() const { return has_times_; }

 private:
  std::optional<media::VideoReader> reader_;
  std::filesystem::path picture_;  ///< still to come
  bool has_times_ = false;
};

}  // namespace hyportrait::metrics
