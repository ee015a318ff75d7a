// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/output_file.h"

#include <filesystem>

namespace hyportrait {

/// Whether something has this name: also a link that leads nowhere.
bool is_taken(const std::filesystem::path& path);

/// Error(usage) for a link or a special file in the place of the `.part`, and without `overwrite`
/// for a file that may be somebody else's: one with bytes in it, and neither a state of ours beside
/// it nor a sidecar that tells of so many, as killed runs of ours leave.
void check_part(const OutputPaths& paths, bool overwrite);

/// What is wrong with a name at which `flag` is to write one file, before any work: Error(usage)
/// for a folder or a special file, and without `overwrite` for anything that has the name, a link
/// that leads nowhere too. With it a link is replaced, not followed.
void check_target(const std::filesystem::path& path, bool overwrite);

/// Error(usage) when what has the name of the sidecar is no ordinary file, or without `overwrite`
/// when it is not one of ours.
void check_sidecar(const OutputPaths& paths, bool overwrite);

/// The same for an output with all the names around it: also Error(usage) for a name too long to
/// make those of, for a sidecar or a `.part` of somebody else (unless `overwrite`), and for a link
/// or a special file in the place of a `.part` or a state. Throws Error(failed) for a folder that
/// is not there or cannot be written.
void check_targets(const OutputPaths& paths, bool overwrite);

}  // namespace hyportrait
