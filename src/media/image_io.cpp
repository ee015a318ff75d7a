// SPDX-License-Identifier: Apache-2.0
#include "media/image_io.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "base/require.h"
#include "media/colour_profile.h"
#include "media/input.h"
#include "media/orientation.h"
#include "media/picture_codecs.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPictureAdvice = "give a JPEG, PNG, WebP, TIFF, BMP, HEIC or AVIF";
constexpr std::uintmax_t kMaxBytes = 512ULL << 20U;

[[noreturn]] void refuse_picture(const fs::path& path, const std::string& why) {
  throw Error(ExitCode::input, path.string() + ": " + why);
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  check_local_file(path, kPictureAdvice);
  const std::uintmax_t size = fs::file_size(path);
  if (size > kMaxBytes) {
    refuse_picture(
        path, "is larger than 512 MB, too large for a picture; " + std::string(kPictureAdvice));
  }
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
    refuse_picture(path, "cannot be read; look at its permissions");
  }
  return bytes;
}

void check_size(const fs::path& path, const PictureHeader& header) {
  if (const auto why = too_large(header.width, header.height)) {
    refuse_picture(path, *why + "; scale it down first");
  }
}

StoredPicture with_profile(StoredPicture picture, const PictureHeader& header) {
  picture.profile.assign(header.icc.begin(), header.icc.end());
  return picture;
}

StoredPicture decode(const fs::path& path,
                     const std::vector<std::uint8_t>& bytes,
                     const PictureHeader& header) {
  switch (header.kind) {
    case PictureKind::jpeg:
      return decode_jpeg(bytes);
    case PictureKind::png:
      return decode_png(bytes);
    case PictureKind::webp:
      return with_profile(decode_webp(bytes), header);
    case PictureKind::tiff:
      return with_profile(decode_tiff(bytes), header);
    case PictureKind::heif:
      return decode_heif(bytes);
    case PictureKind::bmp:
    case PictureKind::gif:
      return decode_first_frame(path);
  }
  throw BadPicture("is of no known kind");
}

/// A sample as 8 bit, to the nearest.
std::uint32_t sample(const StoredPicture& picture, const std::uint8_t* row, int index) {
  if (picture.bytes == 1) {
    return row[index];
  }
  std::uint16_t value = 0;
  std::memcpy(&value, row + static_cast<std::ptrdiff_t>(index) * 2, sizeof value);
  return (value + 128U) / 257U;
}

std::uint8_t scaled(std::uint32_t value, std::uint32_t by) {
  return static_cast<std::uint8_t>((value * by + 127U) / 255U);
}

std::uint8_t composed(std::uint32_t value, std::uint32_t alpha, std::uint32_t background) {
  return static_cast<std::uint8_t>((value * alpha + background * (255U - alpha) + 127U) / 255U);
}

/// A row's colours as 8-bit RGB, by the meaning of its samples alone.
void plain_colours(const StoredPicture& picture, const std::uint8_t* row, std::uint8_t* rgb) {
  const int channels = picture.channels();
  for (int x = 0; x < picture.width; ++x, rgb += 3) {
    const auto level = [&](int channel) { return sample(picture, row, x * channels + channel); };
    for (int channel = 0; channel < 3; ++channel) {
      rgb[channel] = picture.samples == Samples::cmyk ? scaled(level(channel), level(3))
                     : channels < 3                   ? static_cast<std::uint8_t>(level(0))
                                                      : static_cast<std::uint8_t>(level(channel));
    }
  }
}

Frame to_rgb(const StoredPicture& picture, const ToSrgb& colours, Colour background) {
  Frame frame = Frame::black(picture.width, picture.height);
  const int channels = picture.channels();
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* from = picture.row(y);
    std::uint8_t* to = frame.row(y);
    if (colours.changes()) {
      colours.convert(from, to, frame.width);
    } else {
      plain_colours(picture, from, to);
    }
    for (int x = 0; picture.has_alpha() && x < frame.width; ++x, to += 3) {
      const std::uint32_t alpha = sample(picture, from, (x + 1) * channels - 1);
      to[0] = composed(to[0], alpha, background.red);
      to[1] = composed(to[1], alpha, background.green);
      to[2] = composed(to[2], alpha, background.blue);
    }
  }
  return frame;
}

Frame decode_to_rgb(const fs::path& path,
                    const std::vector<std::uint8_t>& bytes,
                    const PictureHeader& header,
                    Colour background,
                    Profiles profiles) {
  try {
    StoredPicture stored = decode(path, bytes, header);
    if (profiles == Profiles::ignore) {
      stored.profile.clear();
      stored.primaries.reset();
    }
    const ToSrgb colours(stored);
    for (const std::string& note : {colours.warning(), stored.note}) {
      if (!note.empty()) {
        logger().warn("{}: {}", path.string(), note);
      }
    }
    return to_rgb(stored, colours, background);
  } catch (const BadPicture& bad) {
    refuse_picture(path, std::string(bad.what()) + "; " + kPictureAdvice);
  }
}

/// The bytes of a PNG, or of a JPEG of quality 95.
std::vector<std::uint8_t> encoded(const Frame& frame, const char* ending) {
  require(frame.width > 0 && frame.height > 0, "a picture has pixels");
  cv::Mat bgr(frame.height, frame.width, CV_8UC3);
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* from = frame.row(y);
    std::uint8_t* to = bgr.ptr<std::uint8_t>(y);
    for (int x = 0; x < frame.width * 3; x += 3) {
      to[x] = from[x + 2];
      to[x + 1] = from[x + 1];
      to[x + 2] = from[x];
    }
  }
  std::vector<std::uint8_t> bytes;
  cv::imencode(ending, bgr, bytes);  // OpenCV's own quality of a JPEG is 95
  return bytes;
}

}  // namespace

Frame read_image(const fs::path& path, Colour background, Profiles profiles) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  const std::optional<PictureHeader> header = read_picture_header(bytes);
  if (!header) {
    refuse_picture(path, std::string("is not a picture that can be read; ") + kPictureAdvice);
  }
  check_size(path, *header);
  Frame stored = decode_to_rgb(path, bytes, *header, background, profiles);
  const Orientation orientation = orientation_from_exif(header->exif_orientation);
  if (!orientation.transpose && !orientation.flip_x && !orientation.flip_y) {
    return stored;
  }
  return upright({.pixels = stored.pixels.data(),
                  .stride = static_cast<std::ptrdiff_t>(stored.width) * 3,
                  .width = stored.width,
                  .height = stored.height},
                 orientation);
}

std::optional<PictureHeader> picture_header(const fs::path& path) {
  constexpr std::streamsize kHead = 4096;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> head(kHead);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), kHead);
  head.resize(static_cast<std::size_t>(file.gcount()));
  std::optional<PictureHeader> header = read_picture_header(head);
  if (header && header->kind == PictureKind::gif && !header->moving) {
    header = read_picture_header(read_file(path));  // its second frame may lie anywhere
  }
  if (header) {
    header->icc = {};  // the bytes go
  }
  return header;
}

bool is_still_picture(const fs::path& path) {
  const std::optional<PictureHeader> header = picture_header(path);
  return header && (!header->moving || header->kind == PictureKind::webp);
}

bool has_still_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

WrittenFacts write_still(const fs::path& file, const fs::path& name, const Frame& frame) {
  const bool png = std::tolower(static_cast<unsigned char>(name.extension().string().at(1))) == 'p';
  const std::vector<std::uint8_t> bytes = encoded(frame, png ? ".png" : ".jpg");
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    fail_to_write(name, errno);
  }
  return {.frames = 1,
          .encoder = png ? "png" : "jpeg",
          .pixel_format = png ? "rgb24" : "yuvj420p",
          .notes = {}};
}

void write_png(const fs::path& path, const Frame& frame, Durability durability) {
  const std::vector<std::uint8_t> bytes = encoded(frame, ".png");
  write_file_atomically(path,
                        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                        durability);
}

}  // namespace hyportrait::media
