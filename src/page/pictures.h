// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hyportrait::page {

inline constexpr int kPosterSide = 320;   // px, at most
inline constexpr int kStripHeight = 144;  // px
inline constexpr int kStripFrames = 8;

/// Writes the first frame of a clip, or a picture, as a JPEG. False, with the reason in `why`,
/// where it cannot be read.
bool write_poster(const std::filesystem::path& media,
                  const std::filesystem::path& file,
                  std::string& why);

/// Writes kStripFrames frames of a clip of `frames` beside one another. False as above, and for a
/// clip of fewer frames.
bool write_strip(const std::filesystem::path& media,
                 std::int64_t frames,
                 const std::filesystem::path& file,
                 std::string& why);

}  // namespace hyportrait::page
