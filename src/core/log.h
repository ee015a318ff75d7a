// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <string>

namespace hyportrait {

/// The library's own log, to stderr: warnings and errors until set_up_log says otherwise. A program
/// that uses the library keeps its own spdlog set-up and its standard output.
spdlog::logger& logger();

/// Sets the log's level (trace debug info warn error off). Throws Error(usage) for another word.
void set_up_log(const std::string& level);

}  // namespace hyportrait
