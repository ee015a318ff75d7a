// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

namespace hyportrait::media {

/// Gives each picture of a GIF the 256 colours that suit it, dithered (FFmpeg's palettegen and
/// paletteuse). Pictures come out in order, some a picture late. Not thread-safe.
class Palette final {
 public:
  static constexpr AVPixelFormat kInput = AV_PIX_FMT_RGB32;

  Palette(int width, int height, AVRational time_base);

  /// A picture of kInput, or nullptr after the last one.
  void send(AVFrame* picture);

  /// The next picture with its palette, or nullptr when there is none now.
  FramePtr receive();

 private:
  GraphPtr graph_;
  AVFilterContext* entry_;  ///< owned by graph_, as the next
  AVFilterContext* exit_;
};

}  // namespace hyportrait::media
