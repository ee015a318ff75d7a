// SPDX-License-Identifier: Apache-2.0
#include "run/beside.h"

#include <hyportrait/error.h>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hyportrait::run {
namespace {

Frame numbered(int number) {
  Frame frame = Frame::black(2, 2);
  frame.pts_seconds = number;
  return frame;
}

/// A clip of `count` frames that notes how many have been asked of it.
NextFrame clip_of(int count, std::atomic<int>& asked) {
  return [count, &asked]() -> std::optional<Frame> {
    const int number = asked++;
    return number < count ? std::optional(numbered(number)) : std::nullopt;
  };
}

TEST(ReadAhead, GivesEveryFrameInOrderAndThenTheEnd) {
  std::atomic<int> asked = 0;
  ReadAhead frames(clip_of(100, asked), 3);
  for (int number = 0; number < 100; ++number) {
    const auto frame = frames.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->pts_seconds, number);
  }
  EXPECT_FALSE(frames.next());
  EXPECT_FALSE(frames.next());
  EXPECT_EQ(asked, 101);
}

TEST(ReadAhead, ReadsNoFurtherThanItsQueueHolds) {
  std::atomic<int> asked = 0;
  {
    ReadAhead frames(clip_of(1000, asked), 3);
    ASSERT_TRUE(frames.next());
  }
  // one was taken, three wait, and one more may be in the reader's hands
  EXPECT_LE(asked, 5);
}

TEST(ReadAhead, ThrowsTheSourcesErrorAfterTheFramesBeforeIt) {
  int asked = 0;
  ReadAhead frames(
      [&]() -> std::optional<Frame> {
        if (asked == 2) {
          throw Error(ExitCode::input, "clip.mp4: broken");
        }
        return numbered(asked++);
      },
      8);
  EXPECT_TRUE(frames.next());
  EXPECT_TRUE(frames.next());
  try {
    frames.next();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::input);
    EXPECT_STREQ(error.what(), "clip.mp4: broken");
  }
}

TEST(WriteBehind, WritesEveryFrameInOrderOnAnotherThread) {
  std::vector<double> written;
  std::thread::id writer;
  WriteBehind writing(
      [&](Frame&& frame) {
        writer = std::this_thread::get_id();
        written.push_back(frame.pts_seconds);
      },
      2);
  for (int number = 0; number < 50; ++number) {
    writing.push(numbered(number));
  }
  writing.finish();
  ASSERT_EQ(writing.written(), 50);
  for (int number = 0; number < 50; ++number) {
    EXPECT_EQ(written.at(static_cast<std::size_t>(number)), number);
  }
  EXPECT_NE(writer, std::this_thread::get_id());
}

TEST(WriteBehind, ThrowsTheWritersErrorAndWritesNothingAfterIt) {
  WriteBehind writing(
      [](Frame&& frame) {
        if (frame.pts_seconds == 3) {
          throw Error(ExitCode::failed, "out.mp4: the disk is full");
        }
      },
      2);
  EXPECT_THROW(
      {
        for (int number = 0; number < 50; ++number) {
          writing.push(numbered(number));
        }
        writing.finish();
      },
      Error);
  EXPECT_EQ(writing.written(), 3);
}

}  // namespace
}  // namespace hyportrait::run
