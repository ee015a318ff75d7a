// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>

#include <functional>
#include <string>

namespace hyportrait {

enum class LogLevel { trace, debug, info, warn, error, off };

/// Takes one line of the library's log, without a line break. Called from the thread that logs, one
/// call at a time; must not throw, nor call the library.
using LogSink = std::function<void(LogLevel, const std::string&)>;

/// What is logged from now on: this level and those above it. Warnings and errors at the start.
HYPORTRAIT_API void set_log_level(LogLevel level);

/// Where the log goes from now on; an empty sink is standard error, as at the start.
HYPORTRAIT_API void set_log_sink(LogSink sink);

#if HYPORTRAIT_HAS_MEDIA

/// Sends what FFmpeg says to the library's log, at debug level. FFmpeg has one log for the whole
/// process, so this is the process's to ask for; without it FFmpeg writes to standard error, or
/// where the process has told it to.
HYPORTRAIT_API void route_ffmpeg_log();

#endif

}  // namespace hyportrait
