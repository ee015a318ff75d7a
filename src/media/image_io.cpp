// SPDX-License-Identifier: Apache-2.0
#include "media/image_io.h"

#include <hyportrait/error.h>

#include "core/require.h"
#include "media/local_file.h"
#include "media/orientation.h"
#include "media/picture_header.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPictureAdvice = "give a JPEG, PNG, WebP or TIFF";
constexpr std::int64_t kMostPictureSide = 16384;          // px
constexpr std::int64_t kMostPicturePixels = 100'000'000;  // 300 MB as RGB
constexpr std::uintmax_t kMostBytes = 512ULL << 20U;

[[noreturn]] void refuse_picture(const fs::path& path, const std::string& why) {
  throw Error(ExitCode::input, path.string() + ": " + why);
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  check_local_file(path, kPictureAdvice);
  const std::uintmax_t size = fs::file_size(path);
  if (size > kMostBytes) {
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
  if (header.width > kMostPictureSide || header.height > kMostPictureSide ||
      header.width * header.height > kMostPicturePixels) {
    refuse_picture(
        path,
        "is " + std::to_string(header.width) + "x" + std::to_string(header.height) +
            ", too large to work on (at most 16384 px a side and 100 million px); scale it down "
            "first");
  }
}

/// OpenCV's picture as stored: 8 or 16 bit, grey, BGR or BGRA.
cv::Mat decode(const fs::path& path, const std::vector<std::uint8_t>& bytes) {
  cv::Mat picture;
  try {
    picture = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    refuse_picture(path, "is damaged (" + std::string(error.err) + "); " + kPictureAdvice);
  }
  if (picture.empty()) {
    refuse_picture(path, std::string("is damaged or cut off; ") + kPictureAdvice);
  }
  if ((picture.depth() != CV_8U && picture.depth() != CV_16U) || picture.channels() == 2 ||
      picture.channels() > 4) {
    refuse_picture(
        path,
        "has pixels of a kind that is not read (only 8 or 16 bit integers); convert it to PNG");
  }
  return picture;
}

/// A sample as 8 bit, to the nearest.
std::uint32_t sample(const cv::Mat& picture, int y, int index) {
  if (picture.depth() == CV_8U) {
    return picture.ptr<std::uint8_t>(y)[index];
  }
  return (picture.ptr<std::uint16_t>(y)[index] + 128U) / 257U;
}

std::uint8_t composed(std::uint32_t value, std::uint32_t alpha, std::uint32_t background) {
  return static_cast<std::uint8_t>((value * alpha + background * (255U - alpha) + 127U) / 255U);
}

Frame to_rgb(const cv::Mat& picture, Colour background) {
  Frame frame = Frame::black(picture.cols, picture.rows);
  const int channels = picture.channels();
  for (int y = 0; y < frame.height; ++y) {
    std::uint8_t* to = frame.row(y);
    for (int x = 0; x < frame.width; ++x, to += 3) {
      const int at = x * channels;
      const std::uint32_t alpha = channels == 4 ? sample(picture, y, at + 3) : 255U;
      const int red = channels == 1 ? at : at + 2;
      const int green = channels == 1 ? at : at + 1;
      to[0] = composed(sample(picture, y, red), alpha, background.red);
      to[1] = composed(sample(picture, y, green), alpha, background.green);
      to[2] = composed(sample(picture, y, at), alpha, background.blue);
    }
  }
  return frame;
}

}  // namespace

Frame read_image(const fs::path& path, Colour background) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  const std::optional<PictureHeader> header = read_picture_header(bytes);
  if (!header) {
    refuse_picture(path, std::string("is not a picture that can be read; ") + kPictureAdvice);
  }
  check_size(path, *header);
  Frame stored = to_rgb(decode(path, bytes), background);
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

void write_png(const fs::path& path, const Frame& frame, Durability durability) {
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
  cv::imencode(".png", bgr, bytes);
  write_file_atomically(path,
                        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                        durability);
}

}  // namespace hyportrait::media
