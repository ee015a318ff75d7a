// SPDX-License-Identifier: Apache-2.0
#include "media/video_reader.h"
#include "support/ffmpeg_tools.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace hyportrait::media {
namespace {

constexpr int kPatch = 32;  // px
constexpr int kColumns = 8;
constexpr int kRows = 4;

struct ColourCase {
  std::string name;
  std::string matrix;  ///< ffmpeg's name, "" for not stated
  std::string range;
  std::string pixel_format;
};

std::ostream& operator<<(std::ostream& out, const ColourCase& c) {
  return out << c.name;
}

/// 32 flat patches over the whole of RGB.
Frame patches() {
  Frame frame = Frame::black(kPatch * kColumns, kPatch * kRows);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const int column = x / kPatch;
      const int row = y / kPatch;
      std::uint8_t* p = frame.row(y) + x * 3;
      p[0] = static_cast<std::uint8_t>((column & 1) * 205 + 25 + row * 5);
      p[1] = static_cast<std::uint8_t>((column >> 1 & 1) * 180 + row * 20);
      p[2] = static_cast<std::uint8_t>((column >> 2 & 1) * 150 + 60 - row * 20);
    }
  }
  return frame;
}

class ReaderColour : public ::testing::TestWithParam<ColourCase> {};

TEST_P(ReaderColour, PatchesAreTheFfmpegProgramsWithAccurateRounding) {
  const ColourCase& c = GetParam();
  const std::filesystem::path dir = test::test_dir();
  const Frame source = patches();
  const std::string raw = (dir / "patches.rgb").string();
  std::FILE* file = std::fopen(raw.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  std::fwrite(source.pixels.data(), 1, source.pixels.size(), file);
  std::fclose(file);
  const std::string clip = (dir / "patches.mkv").string();
  const std::string matrix = c.matrix.empty() ? "bt601" : c.matrix;
  const std::string tags =
      c.matrix.empty() ? std::string() : " -colorspace " + c.matrix + " -color_range " + c.range;
  test::ffmpeg("-f rawvideo -pix_fmt rgb24 -s 256x128 -i " + raw +
               " -vf scale=out_color_matrix=" + matrix + ":out_range=" + c.range +
               ":flags=accurate_rnd+full_chroma_int,format=" + c.pixel_format + tags +
               " -c:v ffv1 " + clip);
  const Frame ours = *VideoReader(clip).next();
  const Frame theirs = test::ffmpeg_frames(clip, 256, 128, 1).at(0);
  int from_ffmpeg = 0;
  int from_truth = 0;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      for (int channel = 0; channel < 3; ++channel) {
        const int at = (column * kPatch + kPatch / 2) * 3 + channel;
        const int y = row * kPatch + kPatch / 2;
        from_ffmpeg = std::max(from_ffmpeg, std::abs(ours.row(y)[at] - theirs.row(y)[at]));
        from_truth = std::max(from_truth, std::abs(ours.row(y)[at] - source.row(y)[at]));
      }
    }
  }
  EXPECT_LE(from_ffmpeg, 1);
  EXPECT_LE(from_truth, 3);  // the clip's own rounding is in this
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ReaderColour,
    ::testing::Values(ColourCase{"bt601_limited", "smpte170m", "tv", "yuv420p"},
                      ColourCase{"bt601_full", "bt470bg", "pc", "yuv420p"},
                      ColourCase{"bt709_limited", "bt709", "tv", "yuv420p"},
                      ColourCase{"bt709_full", "bt709", "pc", "yuv420p"},
                      ColourCase{"bt709_444_full", "bt709", "pc", "yuv444p"},
                      ColourCase{"bt709_ten_bit", "bt709", "tv", "yuv420p10le"},
                      ColourCase{"bt601_ten_bit_full", "smpte170m", "pc", "yuv422p10le"},
                      ColourCase{"bt2020_ten_bit", "bt2020nc", "tv", "yuv420p10le"},
                      ColourCase{"not_stated", "", "tv", "yuv420p"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace hyportrait::media
