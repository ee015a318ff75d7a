// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/stored_picture.h"

#include <cstdint>
#include <filesystem>
#include <span>

// One function a kind of file. All throw BadPicture for what is damaged or cut off: no picture is
// given in part. The size has been checked (media/picture_header.h). None writes to standard error.
namespace hyportrait::media {

/// libjpeg's; a decoder that would go on over missing or damaged data is stopped.
StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes);

/// libpng's; of an animated one its still picture.
StoredPicture decode_png(std::span<const std::uint8_t> bytes);

/// HEIC and AVIF: the primary picture, turned as the file says. At most 16384 px a side.
StoredPicture decode_heif(std::span<const std::uint8_t> bytes);

/// libwebp's; no animation. Without the profile, which is the header's.
StoredPicture decode_webp(std::span<const std::uint8_t> bytes);

/// libtiff's: its first picture in 8 bit, as stored. Without the profile, which is the header's.
StoredPicture decode_tiff(std::span<const std::uint8_t> bytes);

/// A BMP, or the first frame of a GIF, by FFmpeg.
StoredPicture decode_first_frame(const std::filesystem::path& path);

}  // namespace hyportrait::media
