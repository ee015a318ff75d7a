// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "cli/checks.h"
#include "cli/commands.h"

#include <cstdio>
#include <exception>
#include <iostream>

namespace {

using hyportrait::Error;
using hyportrait::ExitCode;

/// Whether there is something to do: --help and --version are answered here. Throws Error(usage).
bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      throw Error(ExitCode::usage, hyportrait::cli::explain(app, error));
    }
    app.exit(error, std::cout, std::cerr);
    return false;
  }
}

/// Parses, runs, and gives the exit code; every Error of the program ends here.
int run(int argc, char** argv) {
  CLI::App app{"Animates a portrait with the motion of a video clip.", "hyportrait"};
  app.set_version_flag("--version", hyportrait::cli::version_text());
  app.require_subcommand(1);
  hyportrait::cli::Action action;
  hyportrait::cli::add_commands(app, action);
  try {
    if (parse(app, argc, argv)) {
      action();
    }
    hyportrait::cli::flush_standard_output();
    return static_cast<int>(ExitCode::done);
  } catch (const Error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s (this is a bug; please report it)\n", error.what());
    return 1;
  }
}
