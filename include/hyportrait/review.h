// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait {

/// A page on which people look through the outputs of a folder (docs/batch.md, "The page").
struct ReviewOptions {
  std::filesystem::path folder;  ///< whose sidecars are listed, with its subfolders
  std::filesystem::path
      html;                ///< page to write; pictures and settings go into <name>_files beside it
  bool overwrite = false;  ///< replace an existing page and what is in its folder
};

/// What was written.
struct ReviewReport {
  std::filesystem::path html;
  std::int64_t jobs = 0;
  std::int64_t posters = 0;           ///< jobs with a picture
  std::vector<std::string> warnings;  ///< clips that could not be read
};

#if HYPORTRAIT_HAS_MEDIA

/// Reads every sidecar in the folder, a few frames of every clip, and figures that `metrics -o`
/// left beside outputs. Throws Error.
HYPORTRAIT_API ReviewReport write_review(const ReviewOptions& options, const RunHooks& hooks);

#endif

}  // namespace hyportrait
