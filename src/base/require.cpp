// SPDX-License-Identifier: Apache-2.0
#include "base/require.h"

#include <stdexcept>
#include <string>

namespace hyportrait {

void require(bool condition, std::string_view what, std::source_location where) {
  if (!condition) {
    throw std::logic_error("internal error: " + std::string(what) + " (" + where.file_name() + ":" +
                           std::to_string(where.line()) + ")");
  }
}

}  // namespace hyportrait
