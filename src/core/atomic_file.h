// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace hyportrait {

/// Writes `bytes` to `path` so that the name shows either the old content or all of the new one: a
/// temporary file beside it, synced, then renamed. Throws Error(failed) with the reason (disk full,
/// read-only folder) and leaves nothing behind.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Removes the temporary files that processes killed while writing `path` have left beside it. Not
/// while another process may be writing it.
void remove_unfinished_writes(const std::filesystem::path& path);

/// The same for every file in `folder` whose name ends in `extension`, as ".png".
void remove_unfinished_writes_in(const std::filesystem::path& folder, std::string_view extension);

}  // namespace hyportrait
