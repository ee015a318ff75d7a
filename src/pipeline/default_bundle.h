// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace hyportrait::pipeline {

/// models/official if it is there, else models/demo: beside the library's folder, as built or as
/// installed. The current folder is not searched, because a bundle is code. Throws Error(bundle)
/// when there is neither.
std::filesystem::path default_bundle();

}  // namespace hyportrait::pipeline
