// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "media/av_ptr.h"
#include "media/orientation.h"

#include <string>

namespace hyportrait::media {

// Note [Colour]
// swscale never guesses here. Matrix and range are those of the frame; a frame that names no matrix
// is BT.601 and one that names no range is limited, whatever its size, as in the ffmpeg program's
// conversion to rgb24. Output is BT.709, limited range, chroma sited left, and tagged so. Rounding
// is accurate and chroma is interpolated.

/// Decoded frames to upright RGB of one size; keeps its swscale context while the frames' format
/// stays. Not thread-safe.
class RgbConverter final {
 public:
  /// `stored_width` x `stored_height` (px): the size before it is turned upright.
  RgbConverter(int stored_width, int stored_height, Orientation orientation)
      : width_(stored_width), height_(stored_height), orientation_(orientation) {}

  /// Throws Error(input) for a pixel format that swscale cannot read.
  Frame convert(const AVFrame& source);

 private:
  void configure(const AVFrame& source);

  int width_;
  int height_;
  Orientation orientation_;
  FramePtr configured_for_;  ///< only its properties
  SwsPtr sws_;
  FramePtr rgb_;  ///< padded rows: swscale writes whole vectors
};

/// RGB frames to an encoder's pixel format, cropped at the right and bottom to `width` x `height`.
/// Not thread-safe.
class EncoderConverter final {
 public:
  EncoderConverter(int width, int height, AVPixelFormat format);

  /// A new frame of the encoder's with its colour tags set.
  FramePtr convert(const Frame& source);

 private:
  int width_;
  int height_;
  AVPixelFormat format_;
  SwsPtr sws_;
  FramePtr rgb_;
};

/// How pictures of this format are tagged and converted for output.
struct ColourTags {
  AVColorSpace matrix;
  AVColorRange range;
};
ColourTags output_colour(AVPixelFormat format);

/// "bt709, limited range", for reports.
std::string describe_colour(AVColorSpace matrix, AVColorRange range, AVPixelFormat format);

}  // namespace hyportrait::media
