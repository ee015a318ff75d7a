// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <filesystem>
#include <vector>

namespace hyportrait::media {

/// Whether the path means pictures that stand for a clip: a folder, or a name with a %d in it.
bool is_picture_sequence(const std::filesystem::path& path);

/// Those pictures, in order: natural order of names in a folder, that of the numbers else. Throws
/// Error(input) when there is none.
std::vector<std::filesystem::path> pictures_of(const std::filesystem::path& path);

/// A picture of the sequence, over white. Throws Error(input), also where its size differs from the
/// first one's (`width` x `height` px).
Frame read_picture_of(const std::filesystem::path& file, int width, int height);

}  // namespace hyportrait::media
