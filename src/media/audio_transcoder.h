// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/audio_track.h"
#include "media/av_ptr.h"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace hyportrait::media {

/// Filters one after another: frames go in at `entry` and come out at `exit`, both owned by
/// `graph`.
struct FilterChain {
  GraphPtr graph{};
  AVFilterContext* entry = nullptr;
  AVFilterContext* exit = nullptr;
};

/// Owns decoder, filters and encoder for sound that the container cannot carry as it is. In time to
/// 10 ms throughout: silence where the source has a gap, overlaps left out. Holds about a second of
/// sound, however long a gap is. Not thread-safe.
class AudioTranscoder final {
 public:
  AudioTranscoder(const AVStream& source,
                  const std::filesystem::path& path,
                  const AVOutputFormat& container,
                  const TimeMap& time_map);

  [[nodiscard]] const AVCodecContext& encoder() const { return *encoder_; }

  /// A packet of the source, or nullptr at its end. Only when receive() has nothing more to give.
  void send(const AVPacket* packet);

  /// The next finished packet (in the encoder's time base), or false.
  bool receive(AVPacket& packet);

 private:
  bool decode();
  bool place(AVFrame& frame);
  bool feed_filters();
  void convert(AVFrame* frame);

  TimeMap time_map_;
  std::filesystem::path path_;
  AVRational source_time_base_;
  CodecPtr decoder_;
  CodecPtr encoder_;
  FilterChain converter_;    ///< to the encoder's format; a new one when the decoder's changes
  FilterChain chunker_;      ///< to frames of the length that the encoder takes
  FramePtr decoded_;         ///< waits for its turn: silence may come before it
  double source_end_ = 0.0;  ///< of the last frame, s; for frames without a time stamp
  std::optional<double> origin_{};  ///< output time of the filters' time 0, s; moves at a jump
  bool jumped_ = false;
  // Counted from the first sample, at the encoder's rate:
  std::int64_t fed_ = 0;        ///< where the sound ends that the converter was given
  std::int64_t converted_ = 0;  ///< samples that came out of it
  std::int64_t encoded_ = 0;    ///< samples that went into the encoder
  std::int64_t start_ = 0;      ///< output time of the first sample, in samples
  bool source_ended_ = false;
  bool filters_ended_ = false;
};

}  // namespace hyportrait::media
