// SPDX-License-Identifier: Apache-2.0
#include "metrics/frame_source.h"

#include <hyportrait/error.h>

#include "media/image_io.h"
#include "media/picture_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <span>

namespace hyportrait::metrics {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> pngs_of(const fs::path& folder) {
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".png") {
      pictures.push_back(entry.path());
    }
  }
  std::sort(pictures.begin(), pictures.end());
  if (pictures.empty()) {
    throw Error(ExitCode::input,
                folder.string() +
                    ": has no .png in it; give a clip, a picture or a folder that "
                    "--frames-dir has written");
  }
  return pictures;
}

}  // namespace

bool is_picture(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    return false;
  }
  std::ifstream file(path, std::ios::binary);
  std::array<char, 64> head{};
  file.read(head.data(), head.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(head.data());
  return media::read_picture_header(std::span(bytes, static_cast<std::size_t>(file.gcount())))
      .has_value();
}

FrameSource::FrameSource(const fs::path& path, const media::ReaderOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    pictures_ = pngs_of(path);
  } else if (is_picture(path)) {
    pictures_ = {path};
  } else {
    reader_.emplace(path, options);
  }
}

std::optional<Frame> FrameSource::next() {
  if (reader_) {
    return reader_->next();
  }
  if (next_picture_ == pictures_.size()) {
    return std::nullopt;
  }
  return media::read_image(pictures_[next_picture_++], {255, 255, 255});
}

}  // namespace hyportrait::metrics
