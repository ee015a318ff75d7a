// SPDX-License-Identifier: Apache-2.0
// A real clip through both kinds of second thread at once: for ThreadSanitizer (the preset tsan).
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "run/beside.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace hyportrait::run {
namespace {

std::vector<int> codes_of(const std::filesystem::path& clip) {
  media::VideoReader reader(clip, {});
  std::vector<int> codes;
  while (const std::optional<Frame> frame = reader.next()) {
    codes.push_back(test::read_bar_code(*frame));
  }
  return codes;
}

TEST(TwoThreads, AClipIsReadAheadAndWrittenBehind) {
  const std::filesystem::path folder = test::test_dir();
  test::make_clip(folder / "clip.mp4", {.frames = 60, .sound = true});
  media::VideoReader reader(folder / "clip.mp4", {});
  media::WriterOptions options{.width = reader.info().width,
                               .height = reader.info().height,
                               .frame_rate = reader.info().frame_rate,
                               .time_base = reader.info().time_base};
  options.audio.source = folder / "clip.mp4";
  media::VideoWriter writer(folder / "copy.mp4", options);
  ReadAhead frames([&] { return reader.next(); }, 3);
  WriteBehind writing([&](Frame&& frame) { writer.write(frame); }, 3);
  while (std::optional<Frame> frame = frames.next()) {
    writing.push(std::move(*frame));
  }
  writing.finish();
  writer.finish();
  EXPECT_EQ(writing.written(), 60);
  EXPECT_EQ(codes_of(folder / "copy.mp4"), codes_of(folder / "clip.mp4"));
}

}  // namespace
}  // namespace hyportrait::run
