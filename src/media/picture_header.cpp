// SPDX-License-Identifier: Apache-2.0
#include "media/picture_header.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace hyportrait::media {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kWidthTag = 0x0100;  // TIFF 6.0, section 8
constexpr int kHeightTag = 0x0101;
constexpr int kOrientationTag = 0x0112;

/// `bytes` from `at` on; empty when that is past the end.
Bytes from(Bytes bytes, std::uint64_t at) {
  return at <= bytes.size() ? bytes.subspan(static_cast<std::size_t>(at)) : Bytes();
}

/// The first `count` bytes as a number; 0 when there are fewer.
std::uint64_t number(Bytes bytes, std::size_t count, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; bytes.size() >= count && i < count; ++i) {
    value = value << 8 | bytes[big_endian ? i : count - 1 - i];
  }
  return value;
}
std::uint64_t big(Bytes bytes, std::size_t count) {
  return number(bytes, count, true);
}
std::uint64_t little(Bytes bytes, std::size_t count) {
  return number(bytes, count, false);
}

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// The first directory of a TIFF, which is also how EXIF is stored (TIFF 6.0, section 2).
PictureHeader read_tiff(Bytes bytes) {
  PictureHeader header;
  const bool big_endian = starts_with(bytes, "MM");
  const Bytes directory = from(bytes, number(from(bytes, 4), 4, big_endian));
  const std::uint64_t entries = number(directory, 2, big_endian);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const Bytes entry = from(directory, 2 + i * 12);
    if (entry.size() < 12) {
      break;
    }
    const std::uint64_t tag = number(entry, 2, big_endian);
    const bool is_short = number(from(entry, 2), 2, big_endian) == 3;
    const auto value =
        static_cast<std::int64_t>(number(from(entry, 8), is_short ? 2 : 4, big_endian));
    header.width = tag == kWidthTag ? value : header.width;
    header.height = tag == kHeightTag ? value : header.height;
    header.exif_orientation =
        tag == kOrientationTag ? static_cast<int>(value) : header.exif_orientation;
  }
  return header;
}

int orientation_in_exif(Bytes tiff) {
  return starts_with(tiff, "II") || starts_with(tiff, "MM") ? read_tiff(tiff).exif_orientation : 1;
}

/// Start of frame (any but the tables that share its range) and APP1 (ITU-T T.81, table B.1;
/// EXIF 2.3, 4.5.4).
PictureHeader read_jpeg(Bytes bytes) {
  PictureHeader header;
  std::uint64_t at = 2;
  while (from(bytes, at).size() >= 4 && bytes[at] == 0xFF) {
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    const Bytes segment = from(bytes, at + 4);
    const bool tables = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
    if (marker >= 0xC0 && marker <= 0xCF && !tables) {
      header.height = static_cast<std::int64_t>(big(from(segment, 1), 2));
      header.width = static_cast<std::int64_t>(big(from(segment, 3), 2));
      break;
    }
    if (marker == 0xE1 && starts_with(segment, std::string_view("Exif\0\0", 6))) {
      header.exif_orientation = orientation_in_exif(from(segment, 6));
    }
    at += 2 + std::max<std::uint64_t>(2, big(from(bytes, at + 2), 2));
  }
  return header;
}

/// Chunks after the signature (PNG, 5.3): IHDR and eXIf.
PictureHeader read_png(Bytes bytes) {
  PictureHeader header;
  std::uint64_t at = 8;
  while (from(bytes, at).size() >= 12) {
    const Bytes chunk = from(bytes, at);
    if (starts_with(from(chunk, 4), "IHDR")) {
      header.width = static_cast<std::int64_t>(big(from(chunk, 8), 4));
      header.height = static_cast<std::int64_t>(big(from(chunk, 12), 4));
    } else if (starts_with(from(chunk, 4), "eXIf")) {
      header.exif_orientation = orientation_in_exif(from(chunk, 8));
    }
    at += 12 + big(chunk, 4);
  }
  return header;
}

/// RIFF chunks (WebP container specification): VP8X, VP8 or VP8L hold the size, EXIF the
/// orientation.
PictureHeader read_webp(Bytes bytes) {
  PictureHeader header;
  std::uint64_t at = 12;
  while (from(bytes, at).size() >= 8) {
    const Bytes chunk = from(bytes, at);
    const Bytes data = from(chunk, 8);
    if (starts_with(chunk, "VP8X")) {
      header.width = static_cast<std::int64_t>(little(from(data, 4), 3)) + 1;
      header.height = static_cast<std::int64_t>(little(from(data, 7), 3)) + 1;
    } else if (starts_with(chunk, "VP8L")) {
      const std::uint64_t packed = little(from(data, 1), 4);
      header.width = static_cast<std::int64_t>(packed & 0x3FFFU) + 1;
      header.height = static_cast<std::int64_t>(packed >> 14U & 0x3FFFU) + 1;
    } else if (starts_with(chunk, "VP8 ")) {
      header.width = static_cast<std::int64_t>(little(from(data, 6), 2) & 0x3FFFU);
      header.height = static_cast<std::int64_t>(little(from(data, 8), 2) & 0x3FFFU);
    } else if (starts_with(chunk, "EXIF")) {
      const bool prefixed = starts_with(data, std::string_view("Exif\0\0", 6));
      header.exif_orientation = orientation_in_exif(from(data, prefixed ? 6 : 0));
    }
    const std::uint64_t size = little(from(chunk, 4), 4);
    at += 8 + size + (size & 1U);
  }
  return header;
}

}  // namespace

std::optional<PictureHeader> read_picture_header(Bytes bytes) {
  if (starts_with(bytes, "\xFF\xD8\xFF")) {
    return read_jpeg(bytes);
  }
  if (starts_with(bytes, "\x89PNG\r\n\x1A\n")) {
    return read_png(bytes);
  }
  if (starts_with(bytes, "RIFF") && starts_with(from(bytes, 8), "WEBP")) {
    return read_webp(bytes);
  }
  if (starts_with(bytes, std::string_view("II*\0", 4)) ||
      starts_with(bytes, std::string_view("MM\0*", 4))) {
    PictureHeader header = read_tiff(bytes);
    header.exif_orientation = 1;
    return header;
  }
  return std::nullopt;
}

}  // namespace hyportrait::media
