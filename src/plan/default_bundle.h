// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"

#include <filesystem>

namespace hyportrait::plan {

/// models/official if it is there, else models/demo: beside the folder of `library`, as built or as
/// installed. The current folder is not searched, because a bundle is code: a `library` that is not
/// an absolute path to a file has no default bundle. Throws Error(bundle) when there is none.
std::filesystem::path default_bundle(const std::filesystem::path& library);

/// The bundle that a wish names; for an empty wish the default one of this library. Throws
/// Error(bundle).
nn::Bundle open_bundle(const std::filesystem::path& wish);

/// "demo", "official" or "seeded".
const char* kind_text(nn::BundleKind kind);

}  // namespace hyportrait::plan
