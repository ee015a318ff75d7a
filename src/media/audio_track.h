// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"
#include "media/video_writer.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace hyportrait::media {

/// Where the source's time goes in the output: cuts at both ends, stretches removed.
class TimeMap final {
 public:
  explicit TimeMap(const AudioOptions& options) : options_(&options) {}
  /// Whether sound that is centred here is kept, and where a kept moment goes; s of the source, s
  /// of the output.
  [[nodiscard]] bool keeps(double seconds) const;
  [[nodiscard]] double output_from_source(double seconds) const;

 private:
  const AudioOptions* options_;
};

class AudioTranscoder;

/// Owns the sound's demuxer: the packets of the output's audio stream, in order, copied where the
/// container carries the codec and re-encoded otherwise. Not thread-safe.
class AudioTrack final {
 public:
  /// The track of a clip, or nothing when none is wanted or the clip is silent. Adds its stream to
  /// `output`. Throws Error(input) for an unreadable source. `options` must outlive the track.
  static std::unique_ptr<AudioTrack> open(const AudioOptions& options, AVFormatContext& output);
  ~AudioTrack();

  /// The packet that comes next (time stamps in time_base()), or nullptr at the end; drop_front()
  /// takes it.
  AVPacket* front();
  void drop_front();

  [[nodiscard]] AVRational time_base() const { return time_base_; }
  [[nodiscard]] const AVStream& stream() const { return *output_stream_; }
  [[nodiscard]] bool reencoded() const { return transcoder_ != nullptr; }
  [[nodiscard]] std::int64_t packets() const { return packets_; }

 private:
  AudioTrack(const AudioOptions& options,
             InputPtr input,
             AVStream& source,
             AVFormatContext& output);
  bool read_source_packet();
  bool fill_front();

  const AudioOptions* options_;
  TimeMap time_map_;
  InputPtr input_;
  AVStream* source_stream_;  ///< owned by input_
  AVStream* output_stream_;  ///< owned by the muxer
  AVRational time_base_{};
  std::unique_ptr<AudioTranscoder> transcoder_;
  PacketPtr packet_;
  bool filled_ = false;
  bool ended_ = false;
  bool broken_off_ = false;            ///< whether its last packet so far is cut
  std::int64_t next_pts_ = 0;          ///< in the source's unit, for packets without a time stamp
  std::int64_t last_dts_ = INT64_MIN;  ///< in time_base_
  std::int64_t packets_ = 0;
};

}  // namespace hyportrait::media
