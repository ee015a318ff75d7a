// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

#include <filesystem>
#include <functional>

namespace hyportrait::media {

/// Owns the file being written: target + ".part", removed again unless finish() gives it the
/// target's name. Streams are added to `context()` before write_header(). Not thread-safe.
class Muxer final {
 public:
  /// Throws Error(failed) when the file cannot be made.
  Muxer(const std::filesystem::path& target, const AVOutputFormat& container);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  [[nodiscard]] AVFormatContext& context() { return *output_; }

  /// Throws Error(failed), as all below: also for a full disk.
  void write_header(const AVStream& video);

  /// Packets come in the order in which they are to lie in the file; `packet` is emptied.
  void write(AVPacket& packet, const AVStream& stream, AVRational time_base);

  void finish(const std::function<void()>& before_rename);

 private:
  void check(int rc) const;

  std::filesystem::path target_;
  std::filesystem::path part_;
  OutputPtr output_;
  bool finished_ = false;
};

}  // namespace hyportrait::media
