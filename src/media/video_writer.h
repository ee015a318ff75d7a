// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>
#include <hyportrait/types.h>

#include "base/frame.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::media {

/// A stretch of the source's time, start included, end not.
struct Interval {
  double start_seconds = 0.0;
  double end_seconds = 0.0;
};

/// The sound to carry over from a clip. Times are the source's own time stamps, as ffprobe shows
/// them.
struct AudioOptions {
  std::filesystem::path source{};  ///< clip whose sound is copied; empty: no sound
  std::optional<int> track{};      ///< which of its sound tracks, from 0; unset: FFmpeg's choice
  bool reencode = false;           ///< also where its packets could be copied
  double start_seconds = 0.0;      ///< sound before it is left out; it becomes time 0
  std::optional<double> end_seconds{};  ///< sound from it on is left out; unset: all of it
  std::vector<Interval>
      dropped;  ///< removed, ascending: later sound moves up, as later frames must
};

struct WriterOptions {
  /// The name that the file will have: it chooses the container and stands in messages. Empty: the
  /// file's own.
  std::filesystem::path name{};
  int width =
      0;  ///< px of the frames; an odd size loses its last column where chroma is subsampled
  int height = 0;               ///< px
  Rational frame_rate{25, 1};   ///< average, for the stream's header and the encoder
  Rational time_base{1, 1000};  ///< unit of the frames' time stamps
  std::string codec = "h264";   ///< h264, hevc, av1, prores, vp9, nvenc or an FFmpeg encoder's name
  std::optional<int> crf{};     ///< unset: a default per encoder (h264: 17)
  std::string pixel_format =
      "yuv420p";  ///< this default gives way where the encoder cannot (ProRes)
  AudioOptions audio{};
};

/// Owns `encoder_` and `muxer_`: frames in, a file out, which is complete after finish(); its name,
/// and its end when there is no finish(), are its owner's (output/output_file.h). Not thread-safe.
class VideoWriter final {
 public:
  /// Throws Error(usage) for an encoder, pixel format or container that cannot be had,
  /// Error(failed) for a folder that cannot be written, Error(input) for an unreadable audio
  /// source.
  VideoWriter(const std::filesystem::path& file, const WriterOptions& options);
  ~VideoWriter();  ///< never throws
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) = delete;

  /// Encodes a frame of the given size, shown at frame.pts_seconds (ascending). `changed`: all that
  /// may differ from the frame before, so that a still picture around it is converted once; the
  /// same bits as without. Throws Error(failed), also for a full disk.
  void write(const Frame& frame, const std::optional<FrameArea>& changed = {});

  /// Flushes, writes the trailer, closes the file. Throws Error(failed).
  WrittenFacts finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  friend void try_writer(const WriterOptions& options);
};

/// Does in memory what a VideoWriter of these options does up to its first frame, a black one, and
/// the first moments of its sound: whatever the encoder, the container and the sound's parameters
/// do not take is an Error here already.
void try_writer(const WriterOptions& options);

/// A --codec that leaves it to the output's ending.
inline constexpr const char* kAutoCodec = "auto";

/// The --codec for a file of this name: vp9 for .webm, gif for .gif, libwebp_anim for .webp, else
/// h264.
std::string default_codec(const std::filesystem::path& target);

/// Throws Error(usage) for a GIF or WebP of more frames than are sensible.
void check_length(const std::filesystem::path& target, std::int64_t frames);

/// Throws Error(usage) unless a file of this name can be written with this encoder: what the
/// constructor checks about names, before hours of work.
void check_output(const std::filesystem::path& target,
                  const std::string& codec,
                  const std::string& pixel_format);

}  // namespace hyportrait::media
