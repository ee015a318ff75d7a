// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"

#include <filesystem>

namespace hyportrait::plan {

/// models/official if it is there, else models/demo: beside the folder of `library`, as built or as
/// installed. The current folder is not searched, because a bundle is code: a `library` that is not
/// an absolute path to a file has no default bundle. Throws Error(bundle) when there is none.
std::filesystem::path default_bundle(const std::filesystem::path& library);

/// models/demo as it came with the program, with its samples. Throws Error(bundle) when it did not.
std::filesystem::path demo_bundle();

/// The bundle that `folder` names; where that is empty the default one of this library. Throws
/// Error(bundle).
nn::Bundle open_bundle(const std::filesystem::path& folder);

/// "demo", "official" or "seeded".
const char* kind_text(nn::BundleKind kind);

}  // namespace hyportrait::plan
