// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace hyportrait::media {

/// What a picture file says of itself before it is decoded.
struct PictureHeader {
  std::int64_t width = 0;    ///< px as stored; 0 where the file does not say where it should
  std::int64_t height = 0;   ///< px
  int exif_orientation = 1;  ///< 1 to 8; always 1 for TIFF, whose decoder turns it
};

/// Reads the header of a JPEG, PNG, WebP or TIFF, told apart by content; nothing for other files.
/// Damaged headers give what could be read: the decoder judges them.
std::optional<PictureHeader> read_picture_header(std::span<const std::uint8_t> bytes);

}  // namespace hyportrait::media
