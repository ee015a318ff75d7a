// SPDX-License-Identifier: Apache-2.0
#include "media/picture_codecs.h"
#include "media/picture_header.h"

#include <png.h>

#include <array>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>

namespace hyportrait::media {
namespace {

/// libpng's state, what it reads, and why it has left.
struct PngReader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::uint8_t> rest;
  std::array<char, 128> why{};

  PngReader() = default;
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void leave_with_message(png_structp png, png_const_charp text) {
  auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
  std::snprintf(reader->why.data(), reader->why.size(), "%s", text);
  png_longjmp(png, 1);
}

void read_on(png_structp png, png_bytep to, std::size_t count) {
  auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
  if (count > reader->rest.size()) {
    png_error(png, "the file ends too early");
  }
  std::memcpy(to, reader->rest.data(), count);
  reader->rest = reader->rest.subspan(count);
}

/// False where libpng has left; then `reader.why` says why. Owns nothing, since a jump runs no
/// destructor.
bool read_header(PngReader& reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) {
    return false;
  }
  png_set_read_fn(reader.png, &reader, read_on);
  png_set_user_limits(reader.png, kMaxPictureSide, kMaxPictureSide);
  png_read_info(reader.png, reader.info);
  png_set_expand(reader.png);  // palettes, fewer than 8 bits, a transparent colour
  if constexpr (std::endian::native == std::endian::little) {
    png_set_swap(reader.png);
  }
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

bool read_pixels(PngReader& reader, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) {
    return false;
  }
  png_read_image(reader.png, rows);
  png_read_end(reader.png, nullptr);
  return true;
}

void take_profile(const PngReader& reader, StoredPicture& picture) {
  png_charp name = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 size = 0;
  int compression = 0;
  if (png_get_iCCP(reader.png, reader.info, &name, &compression, &profile, &size) != 0) {
    picture.profile.assign(profile, profile + size);
  }
}

Samples samples_of(int colour_type) {
  switch (colour_type) {
    case PNG_COLOR_TYPE_GRAY:
      return Samples::grey;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return Samples::grey_alpha;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return Samples::rgba;
    default:
      return Samples::rgb;
  }
}

}  // namespace

StoredPicture decode_png(std::span<const std::uint8_t> bytes) {
  PngReader reader;
  reader.rest = bytes;
  reader.png = png_create_read_struct(
      PNG_LIBPNG_VER_STRING, &reader, leave_with_message, [](png_structp, png_const_charp) {});
  reader.info = reader.png == nullptr ? nullptr : png_create_info_struct(reader.png);
  if (reader.info == nullptr) {
    throw std::bad_alloc();
  }
  StoredPicture picture;
  bool whole = read_header(reader);
  if (whole) {
    picture.width = static_cast<int>(png_get_image_width(reader.png, reader.info));
    picture.height = static_cast<int>(png_get_image_height(reader.png, reader.info));
    picture.samples = samples_of(png_get_color_type(reader.png, reader.info));
    picture.bytes = png_get_bit_depth(reader.png, reader.info) / 8;
    take_profile(reader, picture);
    picture.allocate();
    std::vector<png_bytep> rows;
    rows.reserve(static_cast<std::size_t>(picture.height));
    for (int y = 0; y < picture.height; ++y) {
      rows.push_back(picture.row(y));
    }
    whole = read_pixels(reader, rows.data());
  }
  if (!whole) {
    throw BadPicture(std::string("is damaged or cut off (") + reader.why.data() + ")");
  }
  return picture;
}

}  // namespace hyportrait::media
