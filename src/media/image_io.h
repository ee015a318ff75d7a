// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/frame.h"

#include <cstdint>
#include <filesystem>

namespace hyportrait::media {

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
};

/// A JPEG, PNG, WebP or TIFF (by content, not by name; 8 or 16 bit, grey, palette) as upright RGB:
/// EXIF orientation applied, transparency composed over `background`. Throws Error(input) naming
/// the file.
Frame read_image(const std::filesystem::path& path, Rgb background);

/// Writes a PNG so that the name shows either nothing new or all of it. Throws Error(failed).
void write_png(const std::filesystem::path& path, const Frame& frame);

}  // namespace hyportrait::media
