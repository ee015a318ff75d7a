// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

#include <filesystem>
#include <optional>

namespace hyportrait::media {

/// Owns the open file that is being written. Streams are added to `context()` before
/// write_header(). Not thread-safe.
class Muxer final {
 public:
  /// Makes or overwrites `file`, or without one writes to memory, to be thrown away; `name` is what
  /// messages call it. Throws Error(failed) when the file cannot be made.
  Muxer(const std::optional<std::filesystem::path>& file,
        const std::filesystem::path& name,
        const AVOutputFormat& container);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  [[nodiscard]] AVFormatContext& context() { return *output_; }

  /// Throws Error(usage) when the container does not take the streams, Error(failed), as all below,
  /// also for a full disk.
  void write_header(const AVStream& video);

  /// Packets come in the order in which they are to lie in the file; `packet` is emptied.
  void write(AVPacket& packet, const AVStream& stream, AVRational time_base);

  /// Writes the trailer and closes the file.
  void finish();

 private:
  void check(int rc) const;
  void check_streams(int rc) const;
  void drop_memory();

  std::filesystem::path name_;
  bool in_memory_;
  OutputPtr output_;
};

}  // namespace hyportrait::media
