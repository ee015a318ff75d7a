// SPDX-License-Identifier: Apache-2.0
#include "base/user_cache.h"

#include <cstdlib>

namespace hyportrait {

namespace fs = std::filesystem;

fs::path user_cache_file(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && fs::path(cache).is_absolute()) {
    return fs::path(cache) / "hyportrait" / name;
  }
  const char* home = std::getenv("HOME");
  return home == nullptr ? fs::path() : fs::path(home) / ".cache" / "hyportrait" / name;
}

}  // namespace hyportrait
