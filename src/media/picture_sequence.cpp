// SPDX-License-Identifier: Apache-2.0
#include "media/picture_sequence.h"

#include <hyportrait/error.h>

#include "base/file_names.h"
#include "media/image_io.h"

namespace hyportrait::media {

namespace fs = std::filesystem;

bool is_picture_sequence(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) || is_numbered_name(path);
}

std::vector<fs::path> pictures_of(const fs::path& path) {
  if (is_numbered_name(path)) {
    return numbered_files(path);
  }
  std::vector<fs::path> files = files_in(path, has_picture_ending);
  if (files.empty()) {
    throw Error(ExitCode::input,
                path.string() +
                    ": has no picture in it; give a video file, or a folder of PNG or JPEG files");
  }
  return files;
}

Frame read_picture_of(const fs::path& file, int width, int height) {
  Frame frame = read_image(file, {255, 255, 255});
  if (frame.width != width || frame.height != height) {
    throw Error(ExitCode::input,
                file.string() + ": is " + std::to_string(frame.width) + "x" +
                    std::to_string(frame.height) + " px, the first picture is " +
                    std::to_string(width) + "x" + std::to_string(height) +
                    "; pictures that stand for a clip have one size");
  }
  return frame;
}

}  // namespace hyportrait::media
