// SPDX-License-Identifier: Apache-2.0
#include "page/pictures.h"

#include <hyportrait/error.h>

#include "face/resize.h"
#include "media/image_io.h"
#include "media/video_reader.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace hyportrait::page {
namespace {

constexpr Colour kWhite{255, 255, 255};

Frame within(const Frame& frame, int side) {
  const double scale =
      std::min(1.0, static_cast<double>(side) / std::max(frame.width, frame.height));
  const auto scaled = [&](int length) { return std::max(1, static_cast<int>(length * scale)); };
  return face::resize_antialiased(
      frame, {scaled(frame.width), scaled(frame.height)}, face::ResizeFilter::bilinear);
}

Frame first_frame(const std::filesystem::path& media) {
  if (media::is_still_picture(media)) {
    return media::read_image(media, kWhite);
  }
  std::optional<Frame> frame = media::VideoReader(media, {.max_frames = 1}).next();
  return std::move(frame.value());
}

/// Frames of one height beside one another.
Frame beside(const std::vector<Frame>& frames) {
  Frame strip =
      Frame::black(frames.front().width * static_cast<int>(frames.size()), frames.front().height);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (int y = 0; y < strip.height; ++y) {
      std::copy_n(frames[i].row(y),
                  static_cast<std::size_t>(frames[i].width) * 3,
                  strip.at(frames[i].width * static_cast<int>(i), y));
    }
  }
  return strip;
}

}  // namespace

bool write_poster(const std::filesystem::path& media,
                  const std::filesystem::path& file,
                  std::string& why) {
  try {
    media::write_still(file, file, within(first_frame(media), kPosterSide));
    return true;
  } catch (const Error& error) {
    why = error.what();
    return false;
  }
}

bool write_strip(const std::filesystem::path& media,
                 std::int64_t frames,
                 const std::filesystem::path& file,
                 std::string& why) {
  if (frames < kStripFrames) {
    return false;
  }
  try {
    media::VideoReader reader(media);
    std::vector<Frame> chosen;
    for (std::int64_t i = 0; static_cast<int>(chosen.size()) < kStripFrames; ++i) {
      const std::optional<Frame> frame = reader.next();
      if (!frame) {
        return false;
      }
      if (i == (frames - 1) * static_cast<std::int64_t>(chosen.size()) / (kStripFrames - 1)) {
        chosen.push_back(face::resize_antialiased(
            *frame,
            face::scaled_to_height({frame->width, frame->height}, kStripHeight),
            face::ResizeFilter::bilinear));
      }
    }
    media::write_still(file, file, beside(chosen));
    return true;
  } catch (const Error& error) {
    why = error.what();
    return false;
  }
}

}  // namespace hyportrait::page
