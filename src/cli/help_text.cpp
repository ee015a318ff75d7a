// SPDX-License-Identifier: Apache-2.0
#include "cli/help_text.h"

#include "cli/style.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>
#include <vector>

namespace hyportrait::cli {
namespace {

/// A line of help: what is typed, and in a column of its own what it means.
std::string help_entry(const std::string& typed, const std::string& meaning, std::size_t width) {
  constexpr std::size_t kColumn = 30;
  constexpr std::size_t kNarrow = 70;  // columns below which the meaning stands under the option
  const std::size_t column = width < kNarrow ? 6 : kColumn;
  std::string text = "  " + typed;
  std::string gap = "\n" + std::string(column, ' ');
  if (text.size() + 2 <= column) {
    text += std::string(column - text.size(), ' ');
  } else {
    text += gap;
  }
  std::string between;
  for (const std::string& line : wrapped_lines(meaning, width - column)) {
    text += between + line;
    between = gap;
  }
  return text + "\n";
}

std::string option_names(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) {
    names += (names.empty() ? "-" : ", -") + name;
  }
  for (const std::string& name : option.get_lnames()) {
    names += (names.empty() ? "--" : ", --") + name;
  }
  names = option.get_positional() ? option.get_name(true, false) : names;
  const bool takes_value = option.get_expected_max() > 0 && !option.get_type_name().empty();
  return names + (takes_value ? " " + option.get_type_name() : "") +
         (option.get_required() ? " (required)" : "");
}

std::string wrapped_text(const std::string& text, std::size_t width) {
  std::istringstream given(text);
  std::string result;
  for (std::string line; std::getline(given, line);) {
    for (const std::string& part : wrapped_lines(line, width)) {
      result += part + "\n";
    }
  }
  return result;
}

using Options = std::vector<const CLI::Option*>;

std::string help_group(const std::string& heading, const Options& options, std::size_t width) {
  std::string text = options.empty() ? "" : "\n" + heading + ":\n";
  for (const CLI::Option* option : options) {
    text += help_entry(option_names(*option), option->get_description(), width);
  }
  return text;
}

std::string help_commands(const CLI::App& app, std::size_t width) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  std::string text = commands.empty() ? "" : "\nCommands:\n";
  for (const CLI::App* command : commands) {
    text += help_entry(command->get_name(), command->get_description(), width);
  }
  return text;
}

}  // namespace

bool HelpText::shows(const CLI::Option& option, CLI::AppFormatMode mode) const {
  if (first_.empty() || mode == CLI::AppFormatMode::All) {
    return true;
  }
  const auto& names = option.get_lnames();
  return option.get_positional() ||
         std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return first_.contains(name);
         });
}

std::string HelpText::make_help(const CLI::App* app,
                                std::string name,
                                CLI::AppFormatMode mode) const {
  const auto width = static_cast<std::size_t>(std::min(text_width(std::cout), 100));
  std::string text = wrapped_text(app->get_description(), width) + make_usage(app, name);
  const bool selection = !first_.empty() && mode != CLI::AppFormatMode::All;
  text += help_group(
      "Arguments",
      app->get_options([](const CLI::Option* option) { return option->get_positional(); }),
      width);
  std::size_t left_out = 0;
  for (const std::string& group : app->get_groups()) {
    const Options options = app->get_options([&](const CLI::Option* option) {
      return option->get_group() == group && option->nonpositional();
    });
    Options shown;
    std::copy_if(
        options.begin(), options.end(), std::back_inserter(shown), [&](const auto* option) {
          return shows(*option, mode);
        });
    left_out += options.size() - shown.size();
    text += group.empty() ? "" : help_group(group, shown, width);
  }
  if (selection) {
    text += "\n" + wrapped_text("The other " + std::to_string(left_out) + " options: " + name +
                                    " --help-all",
                                width);
  }
  text += help_commands(*app, width);
  return text + (app->get_footer().empty() ? "" : "\n" + app->get_footer() + "\n");
}

void shorten_help(CLI::App& command, std::set<std::string> first) {
  first.insert({"help", "help-all"});
  command.set_help_all_flag("--help-all", "Print the help with all options and exit");
  command.formatter(std::make_shared<HelpText>(std::move(first)));
}

}  // namespace hyportrait::cli
