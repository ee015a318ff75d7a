// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace hyportrait::media {

inline constexpr int kMaxPictureSide = 16384;                   // px
inline constexpr std::int64_t kMaxPicturePixels = 100'000'000;  // 300 MB as RGB

enum class PictureKind { jpeg, png, webp, tiff, bmp, gif, heif };

/// What a picture file says of itself before it is decoded.
struct PictureHeader {
  PictureKind kind = PictureKind::jpeg;
  std::int64_t width = 0;    ///< px as stored; 0 where the file does not say where it should
  std::int64_t height = 0;   ///< px
  int exif_orientation = 1;  ///< 1 to 8; always 1 for HEIF, whose decoder turns it
  bool moving = false;       ///< holds several frames: a GIF, APNG, animated WebP, sequence of HEIF
  std::span<const std::uint8_t> icc{};  ///< the ICC profile of a WebP or TIFF; empty: none
};

/// Reads the header of a JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF, told apart by content;
/// nothing for other files. Of HEIF the size is the decoder's to read. Damaged headers give what
/// could be read: the decoder judges them. The profile points into `bytes`.
std::optional<PictureHeader> read_picture_header(std::span<const std::uint8_t> bytes);

/// Why a picture of this size (px) is not decoded; nothing: it is.
std::optional<std::string> too_large(std::int64_t width, std::int64_t height);

}  // namespace hyportrait::media
