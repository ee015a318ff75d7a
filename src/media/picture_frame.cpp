// SPDX-License-Identifier: Apache-2.0
#include "media/clip_decoder.h"
#include "media/colour.h"
#include "media/picture_codecs.h"

#include <algorithm>

namespace hyportrait::media {
namespace {

StoredPicture from_bgra(const AVFrame& frame) {
  StoredPicture picture{.width = frame.width, .height = frame.height, .samples = Samples::rgba};
  picture.allocate();
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = frame.data[0] + static_cast<std::ptrdiff_t>(y) * frame.linesize[0];
    std::uint8_t* to = picture.row(y);
    for (int x = 0; x < picture.width; ++x, from += 4, to += 4) {
      to[0] = from[2];
      to[1] = from[1];
      to[2] = from[0];
      to[3] = from[3];
    }
  }
  return picture;
}

}  // namespace

StoredPicture decode_first_frame(const std::filesystem::path& path) {
  try {
    ClipDecoder decoder(path);
    const FramePtr frame = decoder.next();
    if (frame == nullptr || decoder.damaged()) {
      throw BadPicture("is damaged or cut off");
    }
    if (frame->format == AV_PIX_FMT_BGRA) {
      return from_bgra(*frame);
    }
    Frame rgb = RgbConverter(frame->width, frame->height, Orientation{}).convert(*frame);
    return {.width = rgb.width, .height = rgb.height, .data = std::move(rgb.pixels)};
  } catch (const Error&) {
    throw BadPicture("is damaged or cut off");
  }
}

}  // namespace hyportrait::media
