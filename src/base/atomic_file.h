// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace hyportrait {

/// Whether a file's bytes go to the disk before it gets its name, or are left to the system.
enum class Durability { on_disk, later };

/// Throws Error(failed): `path` cannot be written for `error` (an errno), and what to do where that
/// is known: a full disk, a limit on the size of files.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, int error);

/// Writes `bytes` to `path` so that the name shows either the old content or all of the new one: a
/// temporary file beside it, synced, then renamed. Throws Error(failed) with the reason (disk full,
/// read-only folder) and leaves nothing behind.
void write_file_atomically(const std::filesystem::path& path,
                           std::string_view bytes,
                           Durability durability = Durability::on_disk);

/// How many bytes the name of the temporary file has through which `path` is written.
std::size_t temporary_name_size(const std::filesystem::path& path);

/// Syncs a folder, so that new names in it outlive a power cut; an empty path is the current one.
/// Best effort: some file systems cannot.
void sync_folder(const std::filesystem::path& folder);

/// Syncs the file system that holds `folder`: all files at once that were written with
/// Durability::later. Best effort.
void sync_files_of(const std::filesystem::path& folder);

/// Removes the temporary files that processes killed while writing `path` have left beside it. Not
/// while another process may be writing it.
void remove_unfinished_writes(const std::filesystem::path& path);

/// The same for every file in `folder` whose name ends in `extension`, as ".png".
void remove_unfinished_writes_in(const std::filesystem::path& folder, std::string_view extension);

}  // namespace hyportrait
