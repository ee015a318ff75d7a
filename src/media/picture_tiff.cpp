// SPDX-License-Identifier: Apache-2.0
#include "media/picture_codecs.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

namespace hyportrait::media {
namespace {

constexpr tmsize_t kMaxAtOnce = 1 << 30;  // bytes that libtiff may allocate

/// The file in memory, and libtiff's last word.
struct TiffReader {
  std::span<const std::uint8_t> bytes;
  std::uint64_t at = 0;
  std::array<char, 160> why{};
};

tmsize_t read_some(thandle_t handle, void* to, tmsize_t size) {
  auto& reader = *static_cast<TiffReader*>(handle);
  const std::uint64_t left = reader.at < reader.bytes.size() ? reader.bytes.size() - reader.at : 0;
  const std::uint64_t count =
      std::min(left, static_cast<std::uint64_t>(std::max<tmsize_t>(size, 0)));
  if (count > 0) {
    std::memcpy(to, reader.bytes.data() + reader.at, static_cast<std::size_t>(count));
  }
  reader.at += count;
  return static_cast<tmsize_t>(count);
}

toff_t go_to(thandle_t handle, toff_t offset, int from) {
  auto& reader = *static_cast<TiffReader*>(handle);
  const std::uint64_t base = from == SEEK_CUR   ? reader.at
                             : from == SEEK_END ? reader.bytes.size()
                                                : 0;
  reader.at = base + offset;
  return reader.at;
}

int note_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto& reader = *static_cast<TiffReader*>(user);
  std::vsnprintf(reader.why.data(), reader.why.size(), format, arguments);
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

[[noreturn]] void refuse(const TiffReader& reader) {
  throw BadPicture(std::string("is damaged, cut off or of a kind that is not read (") +
                   reader.why.data() + ")");
}

/// With handlers of its own: libtiff's default ones are the process's, and print.
std::unique_ptr<TIFF, CloseTiff> open_tiff(TiffReader& reader) {
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) {
    throw std::bad_alloc();
  }
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAtOnce);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note_error, &reader);
  TIFFOpenOptionsSetWarningHandlerExtR(
      options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
  std::unique_ptr<TIFF, CloseTiff> tiff(TIFFClientOpenExt(
      "picture",
      "rm",  // "m": no mapping
      &reader,
      read_some,
      [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; },
      go_to,
      [](thandle_t) { return 0; },
      [](thandle_t handle) -> toff_t { return static_cast<TiffReader*>(handle)->bytes.size(); },
      nullptr,
      nullptr,
      options.get()));
  if (tiff == nullptr) {
    refuse(reader);
  }
  return tiff;
}

/// libtiff's pixels have alpha multiplied in.
std::uint8_t divided(std::uint32_t value, std::uint32_t alpha) {
  return alpha == 0 ? 0
                    : static_cast<std::uint8_t>(std::min((value * 255U + alpha / 2) / alpha, 255U));
}

}  // namespace

StoredPicture decode_tiff(std::span<const std::uint8_t> bytes) {
  TiffReader reader{.bytes = bytes};
  const std::unique_ptr<TIFF, CloseTiff> tiff = open_tiff(reader);
  TIFFRGBAImage image{};
  std::array<char, 1024> why{};
  if (TIFFRGBAImageOK(tiff.get(), why.data()) == 0 ||
      TIFFRGBAImageBegin(&image, tiff.get(), 1, why.data()) == 0) {
    throw BadPicture(std::string("is damaged, or its pixels are of a kind that is not read (") +
                     why.data() + ")");
  }
  const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> owner(&image, TIFFRGBAImageEnd);
  image.req_orientation = image.orientation;  // as stored: image_io turns it
  const bool grey =
      image.photometric == PHOTOMETRIC_MINISBLACK || image.photometric == PHOTOMETRIC_MINISWHITE;
  const bool alpha = image.alpha != 0;
  StoredPicture picture{.width = static_cast<int>(image.width),
                        .height = static_cast<int>(image.height),
                        .samples = grey ? (alpha ? Samples::grey_alpha : Samples::grey)
                                        : (alpha ? Samples::rgba : Samples::rgb)};
  picture.allocate();
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(image.width) * image.height);
  if (TIFFRGBAImageGet(&image, pixels.data(), image.width, image.height) == 0) {
    refuse(reader);
  }
  std::uint8_t* to = picture.data.data();
  for (const std::uint32_t pixel : pixels) {
    const std::uint32_t opacity = TIFFGetA(pixel);
    const std::array<std::uint32_t, 3> levels{TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)};
    for (std::size_t i = 0; i < (grey ? 1U : 3U); ++i) {
      *to++ = alpha ? divided(levels[i], opacity) : static_cast<std::uint8_t>(levels[i]);
    }
    if (alpha) {
      *to++ = static_cast<std::uint8_t>(opacity);
    }
  }
  return picture;
}

}  // namespace hyportrait::media
