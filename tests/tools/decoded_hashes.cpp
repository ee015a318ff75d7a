// SPDX-License-Identifier: Apache-2.0
// Prints for each file its name, how many frames it has, and the SHA-256 of all their pixels and
// times: two builds that print the same decode the same. A file that cannot be read is its error's
// text.
#include <hyportrait/error.h>

#include "base/hashes.h"
#include "media/image_io.h"
#include "media/video_reader.h"

#include <spdlog/fmt/fmt.h>

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

namespace {

using hyportrait::Frame;

void add(std::string& facts, const Frame& frame) {
  const std::string_view pixels(reinterpret_cast<const char*>(frame.pixels.data()),
                                frame.pixels.size());
  facts += fmt::format("{}x{} {:.6f} {}\n",
                       frame.width,
                       frame.height,
                       frame.pts_seconds,
                       hyportrait::sha256(pixels));
}

std::string hashes_of(const std::filesystem::path& path) {
  std::string facts;
  int frames = 0;
  try {
    hyportrait::media::VideoReader reader(path);
    while (auto frame = reader.next()) {
      add(facts, *frame);
      ++frames;
    }
  } catch (const hyportrait::Error& error) {
    facts += error.what();
  }
  return fmt::format("{} frames {}", frames, hyportrait::sha256(facts));
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* name : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    const std::filesystem::path path = name;
    std::printf("%s %s\n", path.filename().c_str(), hashes_of(path).c_str());
  }
  return 0;
}
