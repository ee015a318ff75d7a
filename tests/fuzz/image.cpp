// SPDX-License-Identifier: Apache-2.0
// A whole picture, of any kind.
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "media/ffmpeg_facts.h"
#include "media/image_io.h"

namespace {

constexpr std::int64_t kMostPixels = 1 << 20;  // larger ones only take time

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  log_from(LogLevel::off);
  media::route_ffmpeg_messages();
  const auto header = media::read_picture_header({data, size});
  if (!header || header->width * header->height > kMostPixels) {
    return 0;
  }
  const std::filesystem::path file = test::input_file(data, size, "picture");
  test::refuse_or_run([&] {
    const Frame frame = media::read_image(file, {255, 255, 255});
    test::must(frame.width > 0 && frame.height > 0 &&
               frame.pixels.size() == static_cast<std::size_t>(frame.width) * frame.height * 3);
  });
  return 0;
}
