// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json_strict.h"

#include <string>
#include <vector>

namespace hyportrait::cli {

/// JSON on standard output, with a line break.
void print_json(const nlohmann::ordered_json& json);

/// A plan's JSON as `key: value` lines on standard output, nested ones indented beyond `indent`.
void print_plan(const nlohmann::ordered_json& object, const std::string& indent);

/// Whether that has happened: standard output holds one JSON value.
bool printed_json();

/// A number by fmt's format: format_number("{:.2f}", 1.5). What rounds to zero has no sign.
std::string format_number(const char* format, double value);

/// Throws Error(comparison) naming what `command` found to miss its bounds.
void throw_failures(const std::string& command, const std::vector<std::string>& failures);

/// Hands what was printed to the system. Throws Error(failed) where standard output cannot be
/// written: nobody must take half a result for a whole one.
void flush_standard_output();

}  // namespace hyportrait::cli
