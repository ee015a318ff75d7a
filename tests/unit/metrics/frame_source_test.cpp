// SPDX-License-Identifier: Apache-2.0
#include "metrics/frame_source.h"

#include "media/image_io.h"
#include "support/expect_error.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hyportrait::metrics {
namespace {

TEST(FrameSource, GivesAFoldersPicturesInOrderOfTheirNames) {
  const auto folder = test::test_dir();
  for (const int number : {2, 0, 1}) {
    media::write_png(folder / ("00000" + std::to_string(number) + ".png"),
                     test::bar_code_frame(number, 128, 64));
  }
  std::ofstream(folder / "notes.txt") << "no frame";
  FrameSource source(folder);
  EXPECT_FALSE(source.has_times());
  for (int number = 0; number < 3; ++number) {
    const auto frame = source.next();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(test::read_bar_code(*frame), number);
  }
  EXPECT_FALSE(source.next().has_value());
}

TEST(FrameSource, GivesAClipsFramesWithTheirTimes) {
  const auto clip = test::test_dir() / "clip.mp4";
  test::make_clip(clip, {.frames = 3, .rate = "10"});
  FrameSource source(clip);
  EXPECT_TRUE(source.has_times());
  source.next();
  EXPECT_NEAR(source.next()->pts_seconds, 0.1, 1e-6);
}

TEST(FrameSource, AStillPictureIsOneFrame) {
  const auto picture = test::test_dir() / "picture.mp4";  // what it is, not what it is called
  const auto png = test::test_dir() / "a.png";
  media::write_png(png, test::bar_code_frame(5, 128, 64));
  std::filesystem::copy(png, picture);
  EXPECT_TRUE(media::is_still_picture(picture));
  FrameSource source(picture);
  EXPECT_EQ(test::read_bar_code(*source.next()), 5);
  EXPECT_FALSE(source.next().has_value());
}

TEST(FrameSource, AFolderWithoutPicturesIsRefused) {
  const auto folder = test::test_dir();
  test::expect_error(
      ExitCode::input, {folder.string(), "no picture in it"}, [&] { FrameSource source(folder); });
}

}  // namespace
}  // namespace hyportrait::metrics
