// SPDX-License-Identifier: Apache-2.0
#include "metrics/frame_source.h"

#include "media/image_io.h"
#include "media/picture_sequence.h"

#include <utility>

namespace hyportrait::metrics {

FrameSource::FrameSource(const std::filesystem::path& path, const media::ReaderOptions& options) {
  if (media::is_still_picture(path)) {
    picture_ = path;
    return;
  }
  has_times_ = !media::is_picture_sequence(path);
  reader_.emplace(path, options);
}

std::optional<Frame> FrameSource::next() {
  if (reader_) {
    return reader_->next();
  }
  if (picture_.empty()) {
    return std::nullopt;
  }
  return media::read_image(std::exchange(picture_, {}), {255, 255, 255});
}

}  // namespace hyportrait::metrics
