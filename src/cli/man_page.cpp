// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/version.h>

#include "cli/completion.h"

#include <array>
#include <utility>

namespace hyportrait::cli {
namespace {

// docs/cli.md has what to do about each.
constexpr std::array<std::pair<const char*, const char*>, 8> kExitCodes{
    {{"0", "Done."},
     {"1", "Failed: the output cannot be written, the disk is full, or a bug."},
     {"2", "Usage or configuration; also: the output exists."},
     {"3", "Input media: missing, broken, or without a face."},
     {"4", "The model bundle."},
     {"5", "Device or memory."},
     {"6", "A comparison below its bound."},
     {"130", "Interrupted."}}};

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
  std::string text = std::string(".TH HYPORTRAIT 1 \"\" \"hyportrait ") + HYPORTRAIT_VERSION +
                     "\" \"User Commands\"\n"
                     ".SH NAME\nhyportrait \\- animate a portrait with the motion of a video clip\n"
                     ".SH SYNOPSIS\n";
  for (const CommandWords& command : commands) {
    if (!command.path.empty() && command.subcommands.empty()) {
      text += "\\fBhyportrait " + plain(command.path) + "\\fR [\\fIoptions\\fR]\n.br\n";
    }
  }
  text += ".SH DESCRIPTION\n" + plain(program.help) +
          "\nStandard output carries only what was asked for; progress, log and errors go to "
          "standard error.\n.SH OPTIONS\n";
  for (const OptionWords& option : program.options) {
    text += option_text(option);
  }
  text += ".SH COMMANDS\n";
  for (const CommandWords& command : commands) {
    if (!command.path.empty() && command.subcommands.empty()) {
      text += command_text(command);
    }
  }
  text += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodes) {
    text += std::string(".TP\n\\fB") + code + "\\fR\n" + meaning + "\n";
  }
  return text + ".SH EXAMPLES\n" + plain(program.example) + "\n";
}

}  // namespace hyportrait::cli
