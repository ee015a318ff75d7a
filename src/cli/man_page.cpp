// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/version.h>

#include "cli/completion.h"
#include "cli/templates.h"

namespace hyportrait::cli {
namespace {

/// Text that roff shows as it is: a line may not begin with a dot or a quote, and a bare dash would
/// become a hyphen that cannot be pasted into a shell.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool starts_line = result.empty() || result.back() == '\n';
    if (starts_line && (c == '.' || c == '\'')) {
      result += "\\&";
    }
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

std::string option_text(const OptionWords& option) {
  std::string names;
  for (const std::string& flag : option.flags) {
    names += (names.empty() ? "\\fB" : ", \\fB") + plain(flag) + "\\fR";
  }
  if (!option.value.empty()) {
    names += (names.empty() ? "\\fI" : " \\fI") + plain(option.value) + "\\fR";
  }
  return ".TP\n" + names + "\n" + plain(option.help) + "\n";
}

std::string command_text(const CommandWords& command) {
  std::string text = ".SS hyportrait " + plain(command.path) + "\n" + plain(command.help) + ".\n";
  std::string group;
  for (const OptionWords& option : command.options) {
    if (option.group != group && !option.flags.empty() && option.group != "Options") {
      text += ".PP\n\\fB" + plain(option.group) + "\\fR\n";
    }
    group = option.group;
    text += option_text(option);
  }
  return command.example.empty() ? text : text + ".PP\n" + plain(command.example) + "\n";
}

}  // namespace

std::string man_page(const std::vector<CommandWords>& commands) {
  const CommandWords& program = commands.front();
  std::string synopsis;
  std::string options;
  std::string described;
  for (const OptionWords& option : program.options) {
    options += option_text(option);
  }
  for (const CommandWords& command : commands) {
    if (!command.path.empty() && command.subcommands.empty()) {
      synopsis += "\\fBhyportrait " + plain(command.path) + "\\fR [\\fIoptions\\fR]\n.br\n";
      described += command_text(command);
    }
  }
  return fill(kManTemplate,
              {{"version", HYPORTRAIT_VERSION},
               {"synopsis", synopsis},
               {"description", plain(program.help)},
               {"options", options},
               {"commands", described},
               {"examples", plain(program.example)}});
}

}  // namespace hyportrait::cli
