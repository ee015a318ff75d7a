// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/parse_text.h"
#include "cli/commands.h"

#include <stdexcept>

namespace hyportrait::cli {
namespace {

constexpr const char* kEmpty = "its value is empty; give one, or leave the option out";

bool takes_value(const CLI::Option& option) {
  return option.get_expected_max() > 0;
}

std::vector<CLI::App*> subcommands(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

std::vector<const CLI::App*> subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// `--name=value` or `-n` without what follows the name.
std::string name_part(const std::string& word) {
  return word.substr(0, word.find('='));
}

/// The command's option of this name ("--name", "-n"), or null.
const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  return name.size() > 1 && name.front() == '-' ? app.get_option_no_throw(name) : nullptr;
}

/// The same in a command or one of its subcommands.
const CLI::Option* find_anywhere(const CLI::App& app, const std::string& name) {
  if (const CLI::Option* option = find_option(app, name)) {
    return option;
  }
  for (const CLI::App* subcommand : subcommands(app)) {
    if (const CLI::Option* option = find_anywhere(*subcommand, name)) {
      return option;
    }
  }
  return nullptr;
}

/// CLI11's validators: an empty text is consent.
std::string check_switch(const std::string& value) {
  try {
    parse_switch(value);
    return {};
  } catch (const std::invalid_argument& error) {
    return std::string(error.what()) + ", found " + value;
  }
}

std::string check_value(const std::string& value) {
  return value.empty() ? kEmpty : "";
}

void guard_option(CLI::Option& option) {
  option.check(takes_value(option) ? check_value : check_switch);
  const bool list = option.get_expected_max() > 1;
  if (takes_value(option) && !option.get_positional() && !list) {
    option.multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

/// CLI11 takes whatever follows an option for its value.
void refuse_option_as_value(const CLI::App& app, const std::string& name, const char* next) {
  const std::string value = name_part(next);
  if (find_anywhere(app, value) != nullptr) {
    throw Error(ExitCode::usage,
                name + ": its value is missing, for " + value + " is an option (a file of that " +
                    "name is ./" + value + ")");
  }
}

/// The subcommand that was being parsed, or the program itself.
const CLI::App* parsed_app(const CLI::App* app) {
  const auto chosen = app->get_subcommands();
  return chosen.empty() ? app : parsed_app(chosen.front());
}

std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  for (const CLI::App* subcommand : subcommands(app)) {
    names.push_back(subcommand->get_name());
  }
  return names;
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string sentence(const CLI::App& app, const CLI::App& parsed, const CLI::ParseError& error) {
  // CLI11 reports a missing subcommand before the word that was meant to be one.
  if (const std::vector<std::string> extras = app.remaining(true); !extras.empty()) {
    const std::string word = name_part(extras.front());
    const std::string guess = nearest_word(word, known_names(parsed));
    return "unknown argument '" + word + "'" +
           (guess.empty() || guess == word ? "" : "; did you mean '" + guess + "'?");
  }
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return name_part(text.substr(0, text.find(':'))) + ": its value is missing";
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && text.front() == 'A') {
    return full_name(parsed) + " needs a subcommand";
  }
  return text;
}

}  // namespace

void guard_options(CLI::App& app) {
  for (CLI::Option* option : app.get_options([](CLI::Option*) { return true; })) {
    if (option != app.get_help_ptr() && option != app.get_help_all_ptr()) {
      guard_option(*option);
    }
  }
  for (CLI::App* subcommand : subcommands(app)) {
    guard_options(*subcommand);
  }
}

std::vector<std::string> read_arguments(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> words;
  bool options = true;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    options = options && word != "--";
    const std::size_t equals = word.find('=');
    const CLI::Option* option = options ? find_anywhere(app, name_part(word)) : nullptr;
    if (option != nullptr && equals + 1 == word.size()) {
      throw Error(ExitCode::usage, name_part(word) + ": " + kEmpty);
    }
    if (option != nullptr && equals != std::string::npos && word[1] != '-') {
      word.erase(equals, 1);  // CLI11 takes "=x" for the value of -o=x
    }
    if (option != nullptr && equals == std::string::npos && takes_value(*option) && i + 1 < argc) {
      refuse_option_as_value(app, word, argv[i + 1]);
    }
    words.push_back(std::move(word));
  }
  return words;
}

bool asks_for_json(const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") {
      return false;
    }
    if (word == "--json") {
      return true;
    }
  }
  return false;
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& parsed = *parsed_app(&app);
  return sentence(app, parsed, error) + " (see " + full_name(parsed) + " --help)";
}

}  // namespace hyportrait::cli
