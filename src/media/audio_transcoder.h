// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/audio_track.h"
#include "media/av_ptr.h"

#include <cstdint>
#include <filesystem>

namespace hyportrait::media {

/// Owns decoder, resampler and encoder for sound that the container cannot carry as it is. In time
/// to 10 ms throughout: silence where the source has a gap, overlaps left out. Not thread-safe.
class AudioTranscoder final {
 public:
  AudioTranscoder(const AVStream& source,
                  const std::filesystem::path& path,
                  const AVOutputFormat& container,
                  const TimeMap& time_map);

  [[nodiscard]] const AVCodecContext& encoder() const { return *encoder_; }

  /// A packet of the source, or nullptr at its end.
  void send(const AVPacket* packet);

  /// The next finished packet (in the encoder's time base), or false.
  bool receive(AVPacket& packet);

 private:
  void decode_available();
  void append(const AVFrame& frame);
  void append_silence(std::int64_t samples);
  bool encode_some();

  TimeMap time_map_;
  AVRational source_time_base_;
  CodecPtr decoder_;
  CodecPtr encoder_;
  SwrPtr swr_;
  FifoPtr fifo_;
  std::int64_t start_ = INT64_MIN;  ///< output time of the first sample, in samples
  std::int64_t appended_ = 0;       ///< samples that went into the fifo
  std::int64_t encoded_ = 0;        ///< samples that went into the encoder
  bool source_ended_ = false;
  bool flushed_ = false;
};

}  // namespace hyportrait::media
