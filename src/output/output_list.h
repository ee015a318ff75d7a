// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/sidecar.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

enum class ListedStatus {
  done,
  failed,
  missing,     ///< a sidecar without its output: cut off at its end, or deleted since
  damaged,     ///< the output is not what its sidecar says was written
  unreadable,  ///< what has a sidecar's name is none
  unfinished   ///< a state without a sidecar
};

struct ListedOutput {
  std::filesystem::path output;  ///< from the folder that was listed
  ListedStatus status = ListedStatus::unfinished;
  std::optional<SidecarFacts> sidecar;  ///< nothing where it is unreadable or unfinished
  std::string why{};                    ///< for people: the failure, or what is wrong
};

const char* status_text(ListedStatus status);

/// Whether somebody has to look at it.
bool is_failure(ListedStatus status);

/// What stands in a folder and its subfolders, by name; each output is held against its sidecar.
/// What has the name of a video's sidecar and cannot be read as one is listed too. Folders that
/// cannot be read are skipped with a warning in the log. Throws Error(usage) when `folder`
/// itself is one.
std::vector<ListedOutput> list_outputs(const std::filesystem::path& folder);

}  // namespace hyportrait
