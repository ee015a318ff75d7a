// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hyportrait {

/// SHA-256 of the bytes, as 64 lower-case hex digits.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file, read in pieces. Throws Error(failed) naming the file when it cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace hyportrait
