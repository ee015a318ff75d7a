// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "cli/commands.h"

#include <cstdio>
#include <exception>
#include <iostream>

namespace {

/// Parses, runs, and gives the exit code; every exception of the program ends here.
int run(int argc, char** argv) {
  using hyportrait::ExitCode;
  CLI::App app{"Animates a portrait with the motion of a video clip.", "hyportrait"};
  app.set_version_flag("--version", hyportrait::cli::version_text());
  app.require_subcommand(1);
  hyportrait::cli::Action action;
  hyportrait::cli::add_commands(app, action);
  try {
    app.parse(argc, argv);
    action();
    return static_cast<int>(ExitCode::done);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return app.exit(error, std::cout, std::cerr);
    }
    std::cerr << "error: " << hyportrait::cli::explain(app, error) << '\n';
    return static_cast<int>(ExitCode::usage);
  } catch (const hyportrait::Error& error) {
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
