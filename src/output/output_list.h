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
  missing,    ///< a sidecar without its output: cut off at its end, or deleted since
  unfinished  ///< a state without a sidecar
};

struct ListedOutput {
  std::filesystem::path output;  ///< from the folder that was listed
  ListedStatus status = ListedStatus::unfinished;
  std::optional<SidecarFacts> sidecar;  ///< nothing where it is unfinished
};

const char* status_text(ListedStatus status);

/// What stands in a folder and its subfolders, by name. Folders that cannot be read are passed over
/// with a warning in the log. Throws Error(usage) when `folder` itself is one.
std::vector<ListedOutput> list_outputs(const std::filesystem::path& folder);

}  // namespace hyportrait
