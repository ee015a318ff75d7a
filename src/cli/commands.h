// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/api.h>

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hyportrait::cli {

/// What main runs once the command line is understood.
using Action = std::function<void()>;

// Each adds its subcommand; when that is chosen, `action` is set.
void add_animate(CLI::App& app, Action& action);
void add_batch(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_bundle(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_completion(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_metrics(CLI::App& app, Action& action);
void add_motion(CLI::App& app, Action& action);
void add_detail(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_help(CLI::App& app, Action& action);

/// All that this build has: without OpenCV and FFmpeg those that need no media.
void add_commands(CLI::App& app, Action& action);

/// The one-line answer to --version: program, revision.
std::string version_text();

/// libhyportrait, loaded on the first call, with its log and FFmpeg's from `log_level` on. Throws
/// Error(failed) when it or LibTorch cannot be loaded.
const Api& library(LogLevel log_level);

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
