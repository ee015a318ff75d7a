// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

#include <cstdint>
#include <filesystem>

namespace hyportrait::media {

/// Pictures a second of a stream, on average; 25 where it does not say it, or nothing that can be.
AVRational average_rate(const AVStream& stream);

/// Owns demuxer and decoder of a clip's best video stream: AVFrames in the order of presentation,
/// as they are stored. Not thread-safe.
class ClipDecoder final {
 public:
  /// Throws Error(input): no video stream, no decoder, absurd size.
  explicit ClipDecoder(const std::filesystem::path& path);

  /// Goes to the key frame at or before `seconds`; where the container cannot, stays.
  void seek(double seconds);

  /// The next frame (time stamp in best_effort_timestamp, in seconds by `seconds_of`), or nullptr
  /// at the end. Broken packets are passed over; Error(input) when the clip ends without a single
  /// frame.
  FramePtr next();

  /// Whether what was read so far had damaged packets or broke off.
  [[nodiscard]] bool damaged() const { return broken_packets_ > 0 || broken_off_; }

  [[nodiscard]] AVFormatContext& input() { return *input_; }
  [[nodiscard]] AVStream& stream() { return *stream_; }
  [[nodiscard]] double seconds_of(std::int64_t ticks) const;

 private:
  bool feed();
  void finish_timing(AVFrame& frame);
  [[nodiscard]] bool is_whole_avi() const;
  [[nodiscard]] bool ends_early() const;
  void report_end();

  std::filesystem::path path_;
  InputPtr input_;
  AVStream* stream_;  ///< owned by input_
  CodecPtr decoder_;
  PacketPtr packet_;
  std::int64_t packets_ = 0;
  std::int64_t broken_packets_ = 0;
  std::int64_t frames_ = 0;
  std::int64_t next_pts_ = 0;              ///< for frames without a time stamp
  std::int64_t last_end_ = INT64_MIN / 2;  ///< of all frames so far
  std::int64_t longest_frame_ = 0;         ///< its duration
  bool draining_ = false;
  bool broken_off_ = false;
  bool sought_ = false;
  bool ended_ = false;
};

}  // namespace hyportrait::media
