// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait::cli {

/// One flag or argument as the parser knows it.
struct OptionWords {
  std::vector<std::string> flags;  ///< "-o", "--output"; empty for an argument
  std::string value;               ///< "FILE", "auto|cpu"; empty for a switch
  std::string help;
  std::string group;

  /// The words that the value may be: of "auto|cpu|cuda|cuda:N" the first three.
  [[nodiscard]] std::vector<std::string> words() const;
  [[nodiscard]] bool is_file() const { return value == "FILE"; }
  [[nodiscard]] bool is_folder() const { return value == "DIR"; }
};

/// One command: the program itself ("") first, then "animate", "bundle", "bundle info", ...
struct CommandWords {
  std::string path;
  std::string help;
  std::string example;  ///< the line below its help
  std::vector<OptionWords> options;
  std::vector<std::string> subcommands;  ///< names
};

/// The whole command line, from the definitions that parse it.
std::vector<CommandWords> describe(const CLI::App& app);

/// The path of a command's subcommand.
std::string sub_path(const CommandWords& command, const std::string& name);

/// The template with each `@name@` replaced by its text.
std::string fill(std::string text,
                 std::initializer_list<std::pair<const char*, std::string>> values);

// Completion for three shells, the manual page (roff), and the whole as a JSON array.
std::string bash_completion(const std::vector<CommandWords>& commands);
std::string zsh_completion(const std::vector<CommandWords>& commands);
std::string fish_completion(const std::vector<CommandWords>& commands);
std::string man_page(const std::vector<CommandWords>& commands);
std::string json_description(const std::vector<CommandWords>& commands);

}  // namespace hyportrait::cli
