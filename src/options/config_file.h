// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include <filesystem>

namespace hyportrait {

/// Sets what a config file holds, or the options of the run whose sidecar it is: then with its
/// bundle, and without --overwrite and --frames-dir, which are given anew. Throws Error(usage).
void apply_config_file(AnimateOptions& options, const std::filesystem::path& path);

}  // namespace hyportrait
