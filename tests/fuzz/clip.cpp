// SPDX-License-Identifier: Apache-2.0
// A whole clip through the reader, from a file whose reads come short.
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "media/ffmpeg_facts.h"
#include "media/video_reader.h"

#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace {

constexpr std::int64_t kMostPixels = 1 << 20;  // larger ones only take time
constexpr std::int64_t kMostFrames = 30;

std::atomic<std::size_t> g_most_at_once = 0;  // bytes that a read gives; 0: what is asked for

}  // namespace

/// In the place of libc's, for the file protocol of libav: what a read may give is less than it was
/// asked for.
extern "C" ssize_t read(int file, void* to, std::size_t count) {
  const std::size_t most = g_most_at_once;
  return ::syscall(SYS_read, file, to, most == 0 ? count : std::min(count, most));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  log_from(LogLevel::off);
  media::route_ffmpeg_messages();
  if (size < 2) {
    return 0;
  }
  // The last byte chooses the reader's options; to a container it is a byte too many.
  const std::uint8_t wish = data[size - 1];
  media::ReaderOptions options{.max_frames = kMostFrames};
  if ((wish & 1U) != 0) {
    options.fps = Rational{25, 1};
  }
  if ((wish & 2U) != 0) {
    options.start_seconds = 0.05;
  }
  g_most_at_once = (wish & 4U) != 0 ? 1U + wish / 8U : 0U;
  const std::filesystem::path file = test::input_file(data, size, "clip");
  test::refuse_or_run([&] {
    media::VideoReader reader(file, options);
    if (static_cast<std::int64_t>(reader.info().width) * reader.info().height > kMostPixels) {
      return;
    }
    double last = -1e300;
    while (const std::optional<Frame> frame = reader.next()) {
      test::must(frame->width == reader.info().width && frame->height == reader.info().height);
      test::must(std::isfinite(frame->pts_seconds) && frame->pts_seconds > last);
      test::must(frame->duration_seconds > 0.0 && frame->duration_seconds <= 24.0 * 3600.0);
      last = frame->pts_seconds;
    }
  });
  g_most_at_once = 0;
  return 0;
}
