// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/output_list.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace hyportrait::page {

/// Where a page and its pictures lie.
struct PageFolders {
  std::filesystem::path outputs;  ///< the folder that is listed, absolute
  std::filesystem::path page;     ///< where the page lies, absolute
  std::filesystem::path files;    ///< <name>_files, absolute
  std::set<std::string> posters;  ///< in `files`, of this page: jobs share those of their inputs
};

/// A job as the page has it.
struct PageJob {
  nlohmann::ordered_json card;     ///< for the grid: small
  nlohmann::ordered_json details;  ///< for the viewer: in a file of its own
  bool has_poster = false;
  double seconds = 0.0;               ///< that the run took
  std::vector<std::string> warnings;  ///< what could not be read
};

/// Reads the sidecar and the figures of an output, and writes its pictures and its plot. `number`:
/// of the job, which its files are called by.
PageJob page_job(const ListedOutput& listed, std::size_t number, PageFolders& folders);

}  // namespace hyportrait::page
