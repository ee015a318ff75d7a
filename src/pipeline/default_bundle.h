// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"

#include <filesystem>

namespace hyportrait::pipeline {

/// models/official if it is there, else models/demo: beside the library's folder, as built or as
/// installed. The current folder is not searched, because a bundle is code. Throws Error(bundle)
/// when there is neither.
std::filesystem::path default_bundle();

/// The bundle that a wish names; the default one for an empty wish. Throws Error(bundle).
nn::Bundle open_bundle(const std::filesystem::path& wish);

/// "demo", "official" or "seeded".
const char* kind_text(nn::BundleKind kind);

}  // namespace hyportrait::pipeline
