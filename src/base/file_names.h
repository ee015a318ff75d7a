// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait {

/// Numbers in names count as numbers: "frame2" comes before "frame10". A strict order.
bool natural_less(const std::string& a, const std::string& b);

/// Whether the name ends as pictures' or clips' do, in any case. It decides only what is taken from
/// a folder; a file that is named is looked at.
bool has_picture_ending(const std::filesystem::path& path);
bool has_clip_ending(const std::filesystem::path& path);

/// The folder's files, without hidden ones, whose name passes, in natural order. Throws
/// Error(input) for a folder that cannot be read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            bool (*passes)(const std::filesystem::path&));

/// Whether the name stands for numbered pictures, as ffmpeg has it: one %d or %04d in the last part
/// of a path that is no file.
bool is_numbered_name(const std::filesystem::path& path);

/// Those pictures in the order of their numbers. Throws Error(input): there is none, or one between
/// the others is missing.
std::vector<std::filesystem::path> numbered_files(const std::filesystem::path& path);

}  // namespace hyportrait
