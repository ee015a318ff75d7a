// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "media/av_ptr.h"
#include "media/orientation.h"

#include <optional>
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

// Note [Only what changes]
// Around the pasted square a result is a still picture: it is converted once, and from then on only
// the square, in the picture of the frame before. For the same bits the part begins on swscale's
// grid (its vectors, its dither of 8x8 px) and has a border that is converted with it and dropped,
// wider than its chroma filter. An encoder that still holds the picture before leaves it untouched:
// then the next one is a copy (av_frame_make_writable).

/// RGB frames to an encoder's pixel format, cropped at the right and bottom to `width` x `height`.
/// Not thread-safe.
class EncoderConverter final {
 public:
  EncoderConverter(int width, int height, AVPixelFormat format);

  /// A frame for the encoder with its colour tags set. `changed`: what of `source` may differ from
  /// the one before; unset: all of it.
  FramePtr convert(const Frame& source, const std::optional<FrameArea>& changed = {});

 private:
  /// A part of the pictures with what converts it.
  struct Part {
    FrameArea area;  ///< with its border
    SwsPtr sws;
    FramePtr rgb;
    FramePtr converted;
  };
  [[nodiscard]] Part make_part(const FrameArea& area) const;
  static void convert_part(Part& part, const Frame& source);
  void convert_changed(const Frame& source, const FrameArea& changed);

  int width_;
  int height_;
  AVPixelFormat format_;
  Part whole_;
  bool converted_before_ = false;
  std::optional<Part> part_;
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
