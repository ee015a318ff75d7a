// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "media/av_ptr.h"
#include "media/colour.h"
#include "media/palette.h"
#include "media/video_writer.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::media {

/// Owns a video encoder: frames in, packets out (in its own time base, in decoding order). Not
/// thread-safe.
class Encoder final {
 public:
  /// Throws Error(usage) when this FFmpeg or this machine lacks the encoder.
  Encoder(const WriterOptions& options, const AVOutputFormat& container);

  /// `changed`: as VideoWriter::write.
  void send(const Frame& frame, const std::optional<FrameArea>& changed = {});
  void flush();

  /// The next finished packet, or false when the encoder wants more (or has given all, after
  /// flush()).
  bool receive(AVPacket& packet);

  /// Gives the last packet in decoding order the duration with which all of them add up to the
  /// frames' time: containers count so, and with reordering it is not that of the last frame.
  void set_last_duration(AVPacket& last) const;

  [[nodiscard]] const AVCodecContext& context() const { return *context_; }
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  [[nodiscard]] std::int64_t ticks(double seconds) const;
  void encode(const AVFrame* picture);
  void encode_indexed(AVFrame* picture);

  int given_width_;   ///< px of the frames
  int given_height_;  ///< px
  CodecPtr context_;
  EncoderConverter converter_;
  std::optional<Palette> palette_;                  ///< of a GIF
  std::map<std::int64_t, std::int64_t> durations_;  ///< of frames inside the encoder, by time stamp
  std::int64_t first_pts_ = INT64_MIN;
  std::int64_t last_pts_ = INT64_MIN;
  std::int64_t first_dts_ = INT64_MIN;
  std::int64_t end_ = INT64_MIN;   ///< of the last frame
  std::int64_t sent_ = 0;          ///< frames
  std::int64_t moved_frames_ = 0;  ///< time stamps that did not ascend
};

}  // namespace hyportrait::media
