// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "base/out_of_memory.h"
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/events.h"
#include "cli/help_text.h"
#include "cli/interrupt.h"
#include "cli/printable_stream.h"
#include "cli/printing.h"
#include "cli/style.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

using hyportrait::Error;
using hyportrait::ExitCode;

/// Whether there is something to do: --help and --version are answered here. Throws Error(usage).
bool parse(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
    return true;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      throw Error(ExitCode::usage, hyportrait::cli::explain(app, error));
    }
    app.exit(error, std::cout, std::cerr);
    return false;
  }
}

/// The error as a line or an event on standard error and, with --json, as an object on standard
/// output, unless the report is there already.
void tell(const Error& error, bool json) {
  const auto code = static_cast<int>(error.exit_code());
  if (hyportrait::cli::events_wanted()) {
    hyportrait::cli::emit_event("error", {{"message", error.what()}, {"exit_code", code}});
  } else {
    hyportrait::cli::Page(std::cerr).line(
        hyportrait::cli::paint(hyportrait::cli::Ink::bad, "error:") + " " +
        hyportrait::printable(error.what()));
  }
  if (json && !hyportrait::cli::printed_json()) {
    hyportrait::cli::print_json({{"error", error.what()}, {"exit_code", code}});
    std::cout.flush();
  }
}

/// Parses, runs, and gives the exit code; every Error of the program ends here.
int run(int argc, char** argv) {
  CLI::App app{"Animates a portrait with the motion of a video clip.", "hyportrait"};
  app.set_version_flag("--version", hyportrait::cli::version_text());
  app.require_subcommand(1);
  app.formatter(std::make_shared<hyportrait::cli::HelpText>());
  hyportrait::cli::choose_colours({argv + 1, argv + argc});
  hyportrait::cli::Action action;
  hyportrait::cli::add_commands(app, action);
  const bool json = hyportrait::cli::asks_for_json({argv + 1, argv + argc});
  hyportrait::cli::choose_events({argv + 1, argv + argc});
  try {
    if (parse(app, hyportrait::cli::read_arguments(app, argc, argv))) {
      action();
    }
    hyportrait::cli::flush_standard_output();
    return static_cast<int>(ExitCode::done);
  } catch (const Error& error) {
    tell(error, json);
    return static_cast<int>(error.exit_code());
  } catch (const std::bad_alloc&) {
    tell(Error(ExitCode::device, hyportrait::kOutOfMemory), json);
    return static_cast<int>(ExitCode::device);
  } catch (const std::exception& error) {
    tell(Error(ExitCode::failed, std::string(error.what()) + " (this is a bug; please report it)"),
         json);
    return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  hyportrait::end_on_out_of_memory();
  hyportrait::cli::make_a_limit_on_files_an_error();
  const hyportrait::cli::PrintableStream out(std::cout);
  const hyportrait::cli::PrintableStream err(std::cerr);
  return run(argc, argv);
}
