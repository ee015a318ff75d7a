// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace hyportrait {

/// Sends the default spdlog logger to stderr at `level` (trace debug info warn error off). Throws
/// Error(usage) for another word. Standard output is left to results.
void set_up_log(const std::string& level);

}  // namespace hyportrait
