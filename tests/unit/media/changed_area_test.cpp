// SPDX-License-Identifier: Apache-2.0
#include "media/colour.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace hyportrait::media {
namespace {

void fill(Frame& frame, const FrameArea& area, std::mt19937& random) {
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (std::uint8_t* value = frame.at(area.x, y); value < frame.at(area.x + area.width, y);
         ++value) {
      *value = static_cast<std::uint8_t>(random());
    }
  }
}

/// The picture's bytes, without the padding of its rows.
std::vector<std::uint8_t> bytes_of(const AVFrame& picture) {
  const auto format = static_cast<AVPixelFormat>(picture.format);
  const int size = av_image_get_buffer_size(format, picture.width, picture.height, 1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  av_image_copy_to_buffer(
      bytes.data(), size, picture.data, picture.linesize, format, picture.width, picture.height, 1);
  return bytes;
}

TEST(ChangedArea, GivesTheBitsOfTheWholePicture) {
  std::mt19937 random(5);
  const std::vector<FrameArea> areas{{.x = 101, .y = 53, .width = 77, .height = 91},
                                     {.x = 0, .y = 0, .width = 40, .height = 300},
                                     {.x = 240, .y = 200, .width = 118, .height = 100},
                                     {.x = 64, .y = 64, .width = 1, .height = 1},
                                     {.x = 0, .y = 0, .width = 358, .height = 300}};
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P,
                                     AV_PIX_FMT_YUV420P10LE,
                                     AV_PIX_FMT_YUV422P10LE,
                                     AV_PIX_FMT_YUV444P,
                                     AV_PIX_FMT_YUVJ420P,
                                     AV_PIX_FMT_NV12,
                                     AV_PIX_FMT_YUVA444P10LE,
                                     AV_PIX_FMT_GBRP,
                                     AV_PIX_FMT_RGB32,
                                     AV_PIX_FMT_RGB24}) {
    for (const FrameArea& area : areas) {
      Frame frame = Frame::black(358, 300);
      fill(frame, {.x = 0, .y = 0, .width = 358, .height = 300}, random);
      EncoderConverter converter(358, 300, format);
      const FramePtr first = converter.convert(frame, area);
      const std::vector<std::uint8_t> first_bytes = bytes_of(*first);
      for (int i = 0; i < 2; ++i) {
        fill(frame, area, random);
        const FramePtr part = converter.convert(frame, area);
        const FramePtr whole = EncoderConverter(358, 300, format).convert(frame);
        EXPECT_EQ(bytes_of(*part), bytes_of(*whole))
            << av_get_pix_fmt_name(format) << ", area at " << area.x << "," << area.y;
        EXPECT_EQ(part->colorspace, whole->colorspace);
      }
      // What an encoder still holds stays as it was.
      EXPECT_EQ(bytes_of(*first), first_bytes);
    }
  }
}

TEST(ChangedArea, MayBeCutOffWithTheLastColumn) {
  std::mt19937 random(6);
  Frame frame = Frame::black(65, 65);
  EncoderConverter converter(64, 64, AV_PIX_FMT_YUV420P);
  const FrameArea last{.x = 64, .y = 0, .width = 1, .height = 65};
  converter.convert(frame, last);
  fill(frame, last, random);
  const FramePtr part = converter.convert(frame, last);
  EXPECT_EQ(bytes_of(*part),
            bytes_of(*EncoderConverter(64, 64, AV_PIX_FMT_YUV420P).convert(frame)));
}

}  // namespace
}  // namespace hyportrait::media
