// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "cli/commands.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace hyportrait::cli {
namespace {

/// The command of this name in `app`. Throws Error(usage) with a suggestion.
CLI::App& command_named(CLI::App& app, const std::string& name) {
  std::vector<std::string> names;
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_name() == name) {
      return *command;
    }
    names.push_back(command->get_name());
  }
  const std::string guess = nearest_word(name, names);
  throw Error(ExitCode::usage,
              "help " + name + ": there is no such command" +
                  (guess.empty() ? "; see hyportrait --help" : "; did you mean '" + guess + "'?"));
}

}  // namespace

void add_help(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("help", "Print the help of a command, as its --help does");
  const auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("command", *words, "Such as animate, or bundle info")->type_name("COMMAND");
  command->callback([&app, words, &action] {
    action = [&app, words] {
      CLI::App* found = &app;
      std::string name = app.get_name();
      for (const std::string& word : *words) {
        found = &command_named(*found, word);
        name += " " + word;
      }
      // App::help() would give that of the command that was chosen: of help itself.
      std::cout << found->get_formatter()->make_help(found, name, CLI::AppFormatMode::Normal);
    };
  });
}

}  // namespace hyportrait::cli
