// SPDX-License-Identifier: Apache-2.0
#include "page/pictures.h"

#include <hyportrait/error.h>

#include "face/contact_sheet.h"
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
    std::int64_t number = 0;
    for (const std::int64_t moment : face::moments_of(frames, kStripFrames)) {
      std::optional<Frame> frame;
      for (; number <= moment; ++number) {
        frame = reader.next();
      }
      if (!frame) {
        return false;
      }
      chosen.push_back(face::cell_of(*frame, kStripHeight));
    }
    media::write_still(file, file, face::contact_sheet({chosen}, 0));
    return true;
  } catch (const Error& error) {
    why = error.what();
    return false;
  }
}

}  // namespace hyportrait::page
