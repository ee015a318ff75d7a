// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "core/atomic_file.h"
#include "core/frame.h"

#include <filesystem>

namespace hyportrait::media {

/// A JPEG, PNG, WebP or TIFF (by content, not by name; 8 or 16 bit, grey, palette) as upright RGB:
/// EXIF orientation applied, transparency composed over `background`. Throws Error(input) naming
/// the file.
Frame read_image(const std::filesystem::path& path, Colour background);

/// Writes a PNG so that the name shows either nothing new or all of it. Throws Error(failed).
void write_png(const std::filesystem::path& path,
               const Frame& frame,
               Durability durability = Durability::on_disk);

}  // namespace hyportrait::media
