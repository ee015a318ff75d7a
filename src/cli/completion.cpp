// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <sstream>

namespace hyportrait::cli {
namespace {

struct Shell {
  const char* name;
  std::string (*text)(const std::vector<CommandWords>&);
};
constexpr std::array<Shell, 5> kShells{{{"bash", bash_completion},
                                        {"zsh", zsh_completion},
                                        {"fish", fish_completion},
                                        {"man", man_page},
                                        {"json", json_description}}};

OptionWords describe(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_snames()) {
    words.flags.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    words.flags.push_back("--" + name);
  }
  if (option.get_expected_max() > 0) {  // CLI11 adds what a validator says behind a colon
    const std::string type = option.get_type_name();
    words.value = type.substr(0, type.find(":FLOAT"));
  }
  words.help = option.get_description();
  words.group = option.get_group();
  return words;
}

void add_command(std::vector<CommandWords>& commands,
                 const CLI::App& app,
                 const std::string& path) {
  CommandWords command{.path = path, .help = app.get_description(), .example = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    command.options.push_back(describe(*option));
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* subcommand : subcommands) {
    command.subcommands.push_back(subcommand->get_name());
  }
  const std::string prefix = path.empty() ? "" : path + " ";
  commands.push_back(std::move(command));
  for (const CLI::App* subcommand : subcommands) {
    add_command(commands, *subcommand, prefix + subcommand->get_name());
  }
}

}  // namespace

std::vector<std::string> OptionWords::words() const {
  std::vector<std::string> found;
  if (value.find('|') == std::string::npos) {
    return found;
  }
  std::istringstream parts(value);
  for (std::string word; std::getline(parts, word, '|');) {
    const bool literal = std::none_of(
        word.begin(), word.end(), [](unsigned char c) { return c == ',' || std::isupper(c) != 0; });
    if (literal) {
      found.push_back(word);
    }
  }
  return found;
}

std::string sub_path(const CommandWords& command, const std::string& name) {
  return command.path.empty() ? name : command.path + " " + name;
}

std::vector<CommandWords> describe(const CLI::App& app) {
  std::vector<CommandWords> commands;
  add_command(commands, app, "");
  return commands;
}

std::string json_description(const std::vector<CommandWords>& commands) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const CommandWords& command : commands) {
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const OptionWords& option : command.options) {
      options.push_back({{"flags", option.flags},
                         {"value", option.value},
                         {"help", option.help},
                         {"group", option.group}});
    }
    all.push_back({{"command", command.path},
                   {"help", command.help},
                   {"example", command.example},
                   {"options", options},
                   {"subcommands", command.subcommands}});
  }
  return json_text(all) + "\n";
}

void add_completion(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "completion",
      "Print the completion script of a shell, the manual page, or every option as JSON");
  const auto shell = std::make_shared<std::string>();
  command
      ->add_option("shell", *shell, "For which shell; man is the manual page, json is for programs")
      ->type_name("bash|zsh|fish|man|json")
      ->required();
  command->footer("Example: source <(hyportrait completion bash)");
  command->callback([&app, shell, &action] {
    action = [&app, shell] {
      const auto* found = std::find_if(
          kShells.begin(), kShells.end(), [&](const Shell& known) { return *shell == known.name; });
      if (found == kShells.end()) {
        throw Error(ExitCode::usage, "completion " + *shell + ": use bash, zsh, fish, man or json");
      }
      std::cout << found->text(describe(app));
    };
  });
}

}  // namespace hyportrait::cli
