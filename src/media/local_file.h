// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace hyportrait::media {

/// Throws Error(input) naming the path and why unless it is an ordinary file with something in it:
/// a folder, a pipe, a device or the address of something in a network is refused. `advice` says
/// what to give instead.
void check_local_file(const std::filesystem::path& path, const std::string& advice);

}  // namespace hyportrait::media
