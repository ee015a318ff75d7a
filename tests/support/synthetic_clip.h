// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait::test {

/// A moving gradient with `number` (0 to 32767) as a bar code in the upper quarter, so that order
/// and drops show after any codec: 16 bars, most significant bit first, the last of them an even
/// parity.
Frame bar_code_frame(int number, int width, int height);

/// The number in a picture of bar_code_frame(), scaled or encoded or not; -1 when it cannot be
/// read.
int read_bar_code(const Frame& frame);

/// Mean brightness of the lower half: tells a flash from the gradient.
double lower_half_brightness(const Frame& frame);

/// A clip of bar-coded frames, made by the ffmpeg program (not by our writer).
struct ClipRecipe {
  int frames = 30;
  int width = 192;
  int height = 160;
  std::string rate = "30";  ///< as ffmpeg's -framerate takes it
  int flash_frame = -1;     ///< its lower half is white; and a beep of 60 ms starts with it
  bool sound = false;       ///< AAC, 44.1 kHz, quiet noise (and the beep)
  std::string video_arguments = "-c:v libx264 -preset veryfast -crf 12 -pix_fmt yuv420p";
};
void make_clip(const std::filesystem::path& path, const ClipRecipe& recipe);

}  // namespace hyportrait::test
