// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace hyportrait {

/// `name` in the program's folder of the user's cache (XDG base directory specification: a relative
/// XDG_CACHE_HOME is ignored); empty when there is no home. The folder need not exist yet.
std::filesystem::path user_cache_file(const std::string& name);

}  // namespace hyportrait
