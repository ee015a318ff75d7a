// SPDX-License-Identifier: Apache-2.0
#include "output/frame_folder.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

void write(const fs::path& path) {
  std::ofstream(path) << "precious";
}

TEST(FrameFolder, KnowsTheFramesOfASequence) {
  const fs::path folder = test::test_dir();
  EXPECT_TRUE(frames_in(folder / "none").empty());
  for (const char* name : {"000000.png",
                           "000012.png",
                           "1000000.png",
                           "12.png",
                           "0000012.png",
                           "000012.PNG",
                           "a00001.png",
                           "-00001.png",
                           "000001.png.part-AbCdEf"}) {
    write(folder / name);
  }
  EXPECT_EQ(frames_in(folder), (std::vector<std::int64_t>{0, 12, 1'000'000}));
}

TEST(FrameFolder, IsMadeAndGoesAgainUnlessSomethingIsInIt) {
  const fs::path folder = test::test_dir();
  { const FrameFolder none({}, FramesBefore::none); }
  { const FrameFolder frames(folder / "a" / "b", FramesBefore::none); }
  EXPECT_TRUE(fs::is_empty(folder));
  {
    const FrameFolder frames(folder / "a" / "b", FramesBefore::none);
    write(frames.name_of(3));
  }
  EXPECT_TRUE(fs::exists(folder / "a" / "b" / "000003.png"));
  write(folder / "file");
  expect_error(ExitCode::usage, "is not a folder", [&] {
    check_frame_folder(folder / "file" / "deep", FramesBefore::overwrite);
  });
}

TEST(FrameFolder, HoldsNothingElseUnlessToldTo) {
  const fs::path folder = test::test_dir();
  write(folder / "000003.png");
  write(folder / "other.png");
  for (const FramesBefore before : {FramesBefore::none, FramesBefore::resumed}) {
    expect_error(ExitCode::usage, "holds frames already (000003.png)", [&] {
      const FrameFolder frames(folder, before);
    });
  }
  const FrameFolder frames(folder, FramesBefore::overwrite);
  frames.begin(2);
  EXPECT_FALSE(fs::exists(folder / "000003.png"));
  EXPECT_TRUE(fs::exists(folder / "other.png"));
}

TEST(FrameFolder, GoesOnWithTheFirstFramesOfTheSameRun) {
  const fs::path folder = test::test_dir();
  write(folder / "000000.png");
  write(folder / "000001.png");
  const FrameFolder frames(folder, FramesBefore::resumed);
  frames.begin(2);
  EXPECT_TRUE(fs::exists(folder / "000001.png"));
  expect_error(ExitCode::usage, "000001.png: is not a frame of this run", [&] { frames.begin(1); });
}

TEST(FrameFolder, AFolderInTheNameOfAFrameIsSaid) {
  const fs::path folder = test::test_dir();
  fs::create_directory(folder / "000003.png");
  expect_error(ExitCode::usage, "000003.png: is a folder", [&] {
    check_frame_folder(folder, FramesBefore::overwrite);
  });
}

}  // namespace
}  // namespace hyportrait
