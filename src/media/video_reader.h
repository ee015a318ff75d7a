// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace hyportrait::media {

/// What is known of a clip before a frame is decoded.
struct VideoInfo {
  int width = 0;                ///< px, upright: the size of the frames that next() gives
  int height = 0;               ///< px
  Rational frame_rate{25, 1};   ///< average; the rate asked for when ReaderOptions::fps is set
  Rational time_base{1, 1000};  ///< unit of the time stamps; 1/fps when ReaderOptions::fps is set
  bool variable_frame_rate = false;
  double duration_seconds = 0.0;      ///< the container's; 0 unknown
  std::int64_t frame_count_hint = 0;  ///< the container's; 0 unknown
  bool has_audio = false;
  int audio_tracks = 0;
  int audio_track = 0;       ///< the one that FFmpeg prefers, from 0
  int rotation_degrees = 0;  ///< clockwise turn that next() has applied: 0, 90, 180 or 270
  std::string codec;         ///< "h264"
  std::string pixel_format;  ///< "yuv420p10le"
  std::string colour;        ///< for reports: "bt709, limited range"
};

/// For reports.
ClipFacts clip_facts(const VideoInfo& clip);

/// Which frames to give. Times are the source's own time stamps, as ffprobe shows them.
struct ReaderOptions {
  /// First frame at or after it; it is subtracted from the time stamps.
  std::optional<double> start_seconds{};
  std::optional<double> end_seconds{};  ///< only frames before it
  std::int64_t max_frames = 0;          ///< 0: all
  /// Constant rate by repeating and dropping frames (ffmpeg's fps filter); of a sequence of
  /// pictures how many a second there are (unset: 25).
  std::optional<Rational> fps{};
};

/// Owns demuxer, decoder and conversion to RGB of a clip's best video stream, or goes through the
/// pictures that stand for a clip (media/picture_sequence.h); pull, one frame at a time, bounded
/// memory. Rotation, mirroring, colour matrix and range are settled
/// here. Not thread-safe.
class VideoReader final {
 public:
  /// Throws Error(input) naming the file when it cannot be opened, is no video, or is too large to
  /// work on.
  explicit VideoReader(const std::filesystem::path& path, const ReaderOptions& options = {});
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  [[nodiscard]] const VideoInfo& info() const;

  /// The next frame with its time stamp and duration, or nothing at the end. Broken packets are
  /// passed over with one warning; Error(input) when there is not a single frame.
  std::optional<Frame> next();

  /// After next() has returned nothing: whether frames were left out at the end (max_frames,
  /// end_seconds). Then the sound has to end with the last frame (AudioOptions::end_seconds);
  /// otherwise all of it is wanted.
  [[nodiscard]] bool ended_early() const;

  /// After next() has returned nothing: whether the source's clock was set anew on the way. Then
  /// its sound has to be re-encoded (AudioOptions::reencode), which follows that.
  [[nodiscard]] bool clock_jumped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyportrait::media
