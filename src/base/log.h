// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/log.h>

#include <spdlog/logger.h>

#include <string>

namespace hyportrait {

/// The library's own log: warnings and errors, to stderr, until the two below say otherwise. A
/// program that uses the library keeps its own spdlog set-up and its standard output.
spdlog::logger& logger();

/// A warning that is said once in a process, however many jobs it is true of.
void warn_once(const std::string& text);

void log_from(LogLevel level);
void log_to(LogSink sink);  ///< empty: stderr

/// trace, debug, info, warn, error, off. Throws Error(usage) for another word.
LogLevel parse_log_level(const std::string& text);

}  // namespace hyportrait
