// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/api.h>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hyportrait::cli {

// Note [Events]
// With --progress json every line on standard error is one JSON object, written at once, for
// graphical front ends and job runners: `event` is log, progress, job, error or done (docs/cli.md,
// Progress as JSON). That holds from the first line on, so the command line is looked through
// before it is parsed.

/// Looks for --progress json among the words of the command line; the last --progress counts. From
/// now on the log is events, or lines with the colours of --color.
void choose_events(const std::vector<std::string>& arguments);

/// Whether standard error is for objects.
bool events_wanted();

/// Writes {"event": name, fields...}. A standard error that is full or closed ends no run.
void emit_event(const std::string& name, const nlohmann::ordered_json& fields);

/// Makes log lines of the library events too, or lines with the program's colours.
void take_log(const Api& api);

}  // namespace hyportrait::cli
