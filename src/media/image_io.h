// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>
#include <hyportrait/types.h>

#include "base/atomic_file.h"
#include "base/frame.h"
#include "media/picture_header.h"

#include <filesystem>
#include <optional>

namespace hyportrait::media {

/// Whether a picture's colour profile is converted to sRGB.
enum class Profiles { convert, ignore };

/// A JPEG, PNG, WebP, TIFF, BMP, HEIC, AVIF or the first frame of a GIF (by content, not by name; 8
/// or 16 bit, grey, palette, CMYK) as upright sRGB: the file's orientation and colour profile
/// applied, transparency composed over `background`. Throws Error(input) naming the file, also when
/// any of its pixels are missing or damaged.
Frame read_image(const std::filesystem::path& path,
                 Colour background,
                 Profiles profiles = Profiles::convert);

/// What the first bytes of a file say of it as a picture (without its profile); nothing when it is
/// none, or cannot be read.
std::optional<PictureHeader> picture_header(const std::filesystem::path& path);

/// Whether it is a picture and no clip: a GIF or PNG of one frame is one, a moving one is a clip.
/// An animated WebP, which nothing here reads, counts as a picture. False for what cannot be read.
bool is_still_picture(const std::filesystem::path& path);

/// Whether a result of this name is one picture: .png, .jpg or .jpeg.
bool has_still_ending(const std::filesystem::path& path);

/// Writes a picture into `file`, as the ending of `name` says: PNG, or JPEG of quality 95. Throws
/// Error(failed).
WrittenFacts write_still(const std::filesystem::path& file,
                         const std::filesystem::path& name,
                         const Frame& frame);

/// Writes a PNG so that the name shows either nothing new or all of it. Throws Error(failed).
void write_png(const std::filesystem::path& path,
               const Frame& frame,
               Durability durability = Durability::on_disk);

}  // namespace hyportrait::media
