// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

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
void add_doctor(CLI::App& app, Action& action);
void add_help(CLI::App& app, Action& action);

/// All that this build has: without OpenCV and FFmpeg those that need no media.
void add_commands(CLI::App& app, Action& action);

/// The one-line answer to --version: program, revision.
std::string version_text();

}  // namespace hyportrait::cli
