// SPDX-License-Identifier: Apache-2.0
#include "media/picture_header.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace hyportrait::media {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kWidthTag = 0x0100;  // TIFF 6.0, section 8
constexpr int kHeightTag = 0x0101;
constexpr int kOrientationTag = 0x0112;
constexpr int kProfileTag = 0x8773;  // ICC.1:2022, annex B.4

/// `bytes` from `at` on; empty when that is past the end.
Bytes from(Bytes bytes, std::uint64_t at) {
  return at <= bytes.size() ? bytes.subspan(static_cast<std::size_t>(at)) : Bytes();
}

/// At most the first `count` bytes.
Bytes first(Bytes bytes, std::uint64_t count) {
  return bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size())));
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
  PictureHeader header{.kind = PictureKind::tiff};
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
    if (tag == kProfileTag) {
      header.icc = first(from(bytes, static_cast<std::uint64_t>(value)),
                         number(from(entry, 4), 4, big_endian));
    }
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

/// Chunks after the signature (PNG, 5.3): IHDR, eXIf and acTL.
PictureHeader read_png(Bytes bytes) {
  PictureHeader header{.kind = PictureKind::png};
  std::uint64_t at = 8;
  while (from(bytes, at).size() >= 12) {
    const Bytes chunk = from(bytes, at);
    if (starts_with(from(chunk, 4), "IHDR")) {
      header.width = static_cast<std::int64_t>(big(from(chunk, 8), 4));
      header.height = static_cast<std::int64_t>(big(from(chunk, 12), 4));
    } else if (starts_with(from(chunk, 4), "eXIf")) {
      header.exif_orientation = orientation_in_exif(from(chunk, 8));
    } else if (starts_with(from(chunk, 4), "acTL")) {  // APNG: the number of frames
      header.moving = big(from(chunk, 8), 4) > 1;
    }
    at += 12 + big(chunk, 4);
  }
  return header;
}

/// RIFF chunks (WebP container specification): VP8X, VP8 or VP8L hold the size, EXIF the
/// orientation.
PictureHeader read_webp(Bytes bytes) {
  constexpr std::uint64_t kAnimated = 0x02;
  PictureHeader header{.kind = PictureKind::webp};
  std::uint64_t at = 12;
  while (from(bytes, at).size() >= 8) {
    const Bytes chunk = from(bytes, at);
    const Bytes data = from(chunk, 8);
    const std::uint64_t size = little(from(chunk, 4), 4);
    if (starts_with(chunk, "VP8X")) {
      header.moving = (little(data, 1) & kAnimated) != 0;
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
    } else if (starts_with(chunk, "ICCP")) {
      header.icc = first(data, size);
    }
    at += 8 + size + (size & 1U);
  }
  return header;
}

/// BITMAPINFOHEADER and its successors; the height of rows from the top is negative.
PictureHeader read_bmp(Bytes bytes) {
  constexpr std::uint64_t kOs2Header = 12;  // bytes
  PictureHeader header{.kind = PictureKind::bmp};
  const Bytes info = from(bytes, 14);
  if (little(info, 4) == kOs2Header) {
    header.width = static_cast<std::int64_t>(little(from(info, 4), 2));
    header.height = static_cast<std::int64_t>(little(from(info, 6), 2));
  } else {
    header.width =
        std::abs(static_cast<std::int64_t>(static_cast<std::int32_t>(little(from(info, 4), 4))));
    header.height =
        std::abs(static_cast<std::int64_t>(static_cast<std::int32_t>(little(from(info, 8), 4))));
  }
  return header;
}

/// Where the sub-blocks that begin at `at` end (GIF89a, section 15).
std::uint64_t after_sub_blocks(Bytes bytes, std::uint64_t at) {
  while (const std::uint64_t size = little(from(bytes, at), 1)) {
    at += 1 + size;
  }
  return at + 1;
}

std::uint64_t colour_table_bytes(std::uint64_t flags) {
  return (flags & 0x80U) != 0 ? 3ULL << ((flags & 7U) + 1U) : 0;
}

/// The logical screen, and whether there is a second image (GIF89a, sections 18 to 25).
PictureHeader read_gif(Bytes bytes) {
  PictureHeader header{.kind = PictureKind::gif};
  header.width = static_cast<std::int64_t>(little(from(bytes, 6), 2));
  header.height = static_cast<std::int64_t>(little(from(bytes, 8), 2));
  std::uint64_t at = 13 + colour_table_bytes(little(from(bytes, 10), 1));
  for (int images = 0; !from(bytes, at).empty();) {
    const std::uint8_t kind = bytes[static_cast<std::size_t>(at)];
    if (kind == 0x21) {  // an extension
      at = after_sub_blocks(bytes, at + 2);
    } else if (kind == 0x2C) {  // an image
      header.moving = ++images > 1;
      if (header.moving) {
        break;
      }
      at = after_sub_blocks(bytes, at + 11 + colour_table_bytes(little(from(bytes, at + 9), 1)));
    } else {
      break;
    }
  }
  return header;
}

/// The brands of a file type box (ISO/IEC 23008-12, 10.2; AV1 Image File Format, 6). Sequences have
/// brands of their own.
std::optional<PictureHeader> read_heif(Bytes bytes) {
  const Bytes box = first(bytes, big(bytes, 4));
  std::optional<PictureHeader> header;
  for (std::uint64_t at = 8; from(box, at).size() >= 4; at += at == 8 ? 8 : 4) {
    const Bytes brand = from(box, at);
    const auto is = [&](std::initializer_list<const char*> names) {
      return std::any_of(
          names.begin(), names.end(), [&](const char* name) { return starts_with(brand, name); });
    };
    const bool moving = is({"hevc", "hevx", "msf1", "avis"});
    if (moving || is({"heic", "heix", "heim", "heis", "mif1", "mif2", "avif"})) {
      header = header.value_or(PictureHeader{.kind = PictureKind::heif});
      header->moving = header->moving || (moving && at == 8);  // the major brand
    }
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
    return read_tiff(bytes);
  }
  if (starts_with(bytes, "GIF87a") || starts_with(bytes, "GIF89a")) {
    return read_gif(bytes);
  }
  if (starts_with(bytes, "BM") && bytes.size() > 26) {
    return read_bmp(bytes);
  }
  if (starts_with(from(bytes, 4), "ftyp")) {
    return read_heif(bytes);
  }
  return std::nullopt;
}

std::optional<std::string> too_large(std::int64_t width, std::int64_t height) {
  if (width <= kMaxPictureSide && height <= kMaxPictureSide &&
      width * height <= kMaxPicturePixels) {
    return std::nullopt;
  }
  return fmt::format("is {}x{}, too large to work on (at most {} px a side and {} million px)",
                     width,
                     height,
                     kMaxPictureSide,
                     kMaxPicturePixels / 1'000'000);
}

}  // namespace hyportrait::media
