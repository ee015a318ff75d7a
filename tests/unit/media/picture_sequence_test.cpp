// SPDX-License-Identifier: Apache-2.0
// Pictures that stand for a clip: a folder, or numbered names.
#include "media/picture_sequence.h"

#include "media/image_io.h"
#include "media/video_reader.h"
#include "support/expect_error.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"
#include "unit/media/read_all.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::test_dir;

void write_picture(const fs::path& path, int number, int height = 64) {
  write_png(path, test::bar_code_frame(number, 128, height));
}

TEST(PictureSequence, AFolderIsReadInNaturalOrderAt25ASecond) {
  const fs::path dir = test_dir();
  for (const int number : {10, 2, 1, 9}) {
    write_picture(dir / ("shot" + std::to_string(number) + ".png"), number);
  }
  std::ofstream(dir / "notes.txt") << "no picture";
  std::ofstream(dir / ".hidden.png") << "no picture";
  VideoReader reader(dir);
  EXPECT_EQ(reader.info().frame_count_hint, 4);
  EXPECT_EQ(reader.info().width, 128);
  EXPECT_FALSE(reader.info().has_audio);
  const std::vector<Frame> frames = read_all(dir);
  EXPECT_EQ(codes_of(frames), (std::vector<int>{1, 2, 9, 10}));
  EXPECT_DOUBLE_EQ(frames[3].pts_seconds, 0.12);
  EXPECT_DOUBLE_EQ(frames[3].duration_seconds, 0.04);
}

TEST(PictureSequence, FpsSaysHowManyASecond) {
  const fs::path dir = test_dir();
  for (int number = 0; number < 6; ++number) {
    write_picture(dir / (std::to_string(number) + ".png"), number);
  }
  const std::vector<Frame> frames = read_all(dir, {.fps = Rational{10, 1}});
  ASSERT_EQ(frames.size(), 6U);  // none is repeated or dropped
  EXPECT_DOUBLE_EQ(frames[5].pts_seconds, 0.5);
  const std::vector<Frame> part =
      read_all(dir, {.start_seconds = 0.2, .end_seconds = 0.4, .fps = Rational{10, 1}});
  EXPECT_EQ(codes_of(part), (std::vector<int>{2, 3}));
  EXPECT_DOUBLE_EQ(part[0].pts_seconds, 0.0);
  VideoReader two(dir, {.max_frames = 2});
  while (two.next()) {
  }
  EXPECT_TRUE(two.ended_early());
}

TEST(PictureSequence, NumberedNames) {
  const fs::path dir = test_dir();
  for (const int number : {7, 8, 9, 10}) {
    write_picture(
        dir / ("f_" + std::string(number < 10 ? "000" : "00") + std::to_string(number) + ".png"),
        number);
  }
  write_picture(dir / "other.png", 99);
  write_picture(dir / "f_11.png", 11);  // not as %04d writes it
  EXPECT_EQ(codes_of(read_all(dir / "f_%04d.png")), (std::vector<int>{7, 8, 9, 10}));
  fs::remove(dir / "f_0009.png");
  expect_error(ExitCode::input, "number 9 is missing", [&] { read_all(dir / "f_%04d.png"); });
  expect_error(ExitCode::input, "no picture of such a name", [&] { read_all(dir / "g_%d.png"); });
  // A file of that very name is itself.
  write_picture(dir / "f_%04d.png", 5);
  EXPECT_EQ(codes_of(read_all(dir / "f_%04d.png")), (std::vector<int>{5}));
}

TEST(PictureSequence, SizesThatDifferAndDamageAreRefused) {
  const fs::path dir = test_dir();
  write_picture(dir / "0.png", 0);
  write_picture(dir / "1.png", 1, 80);
  expect_error(ExitCode::input, {"1.png: is 128x80 px", "128x64"}, [&] { read_all(dir); });
  std::ofstream(dir / "1.png") << "no picture";
  expect_error(ExitCode::input, "1.png: is not a picture", [&] { read_all(dir); });
}

}  // namespace
}  // namespace hyportrait::media
