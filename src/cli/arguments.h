// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace hyportrait::cli {

/// What holds for every option of the program: the last one given wins (lists add up), a value is
/// not empty, and the name of another option is no value.
void guard_options(CLI::App& app);

/// The words of the command line as the parser reads them. Throws Error(usage) for `--name=`, which
/// CLI11 would give the next word.
std::vector<std::string> read_arguments(const CLI::App& app, int argc, char** argv);

/// Whether --json is among them.
bool asks_for_json(const std::vector<std::string>& arguments);

/// A parse error as one clear sentence, with a suggestion for a mistyped flag or subcommand.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace hyportrait::cli
