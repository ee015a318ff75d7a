// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"
#include "cli/templates.h"

namespace hyportrait::cli {
namespace {

std::string join(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : between) + word;
  }
  return text;
}

/// `text` with `escape` before each of `special`.
std::string escaped(const std::string& text, const std::string& special, const char* escape) {
  std::string result;
  for (const char c : text) {
    result += special.find(c) == std::string::npos ? std::string(1, c) : escape + std::string(1, c);
  }
  return result;
}

/// `text` inside single quotes of a shell, where only the quote itself must be escaped.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result + "'";
}

std::vector<std::string> all_flags(const CommandWords& command) {
  std::vector<std::string> flags;
  for (const OptionWords& option : command.options) {
    flags.insert(flags.end(), option.flags.begin(), option.flags.end());
  }
  return flags;
}

/// The argument without a dash that a command takes, if it takes one.
const OptionWords* argument_of(const CommandWords& command) {
  for (const OptionWords& option : command.options) {
    if (option.flags.empty()) {
      return &option;
    }
  }
  return nullptr;
}

/// The lines of a bash case that answer with an option's values.
std::string bash_values(const OptionWords& option) {
  if (option.is_file()) {
    return "return";  // -o default completes file names
  }
  if (option.is_folder()) {
    return "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\")); return";
  }
  return "_hyportrait_choose " + quoted(join(option.words(), " ")) + " \"$cur\"; return";
}

std::string zsh_values(const OptionWords& option) {
  const std::string name = escaped(option.value, ":[]", "\\");
  if (option.is_file() || option.is_folder()) {
    return ":" + name + ":_files" + (option.is_folder() ? " -/" : "");
  }
  return ":" + name + ":(" + join(option.words(), " ") + ")";
}

std::string zsh_option(const OptionWords& option) {
  if (option.flags.empty()) {
    return "    " + quoted(zsh_values(option)) + " \\\n";
  }
  std::string lines;
  for (const std::string& flag : option.flags) {
    lines += "    " +
             quoted(flag + "[" + escaped(option.help, ":[]\\", "\\") + "]" +
                    (option.value.empty() ? "" : zsh_values(option))) +
             " \\\n";
  }
  return lines;
}

/// `animate` -> `_hyportrait_animate`.
std::string function_name(const std::string& path) {
  std::string name = "_hyportrait";
  for (const char c : path.empty() ? path : " " + path) {
    name += c == ' ' ? '_' : c;
  }
  return name;
}

std::string zsh_options(const CommandWords& command) {
  std::string text;
  for (const OptionWords& option : command.options) {
    text += zsh_option(option);
  }
  return text;
}

std::string zsh_command(const CommandWords& command) {
  return fill(kZshCommandTemplate,
              {{"name", function_name(command.path)}, {"options", zsh_options(command)}});
}

/// A command that has subcommands.
std::string zsh_group(const CommandWords& command, const std::vector<CommandWords>& all) {
  std::string described;
  std::string called;
  for (const CommandWords& other : all) {
    for (const std::string& name : command.subcommands) {
      if (other.path == sub_path(command, name)) {
        described += "    " + quoted(name + ":" + escaped(other.help, ":", "\\")) + "\n";
      }
    }
  }
  for (const std::string& name : command.subcommands) {
    called += "        " + name + ") " + function_name(sub_path(command, name)) + " ;;\n";
  }
  return fill(kZshGroupTemplate,
              {{"name", function_name(command.path)},
               {"commands", described},
               {"options", zsh_options(command)},
               {"subcommands", called}});
}

std::string fish_condition(const CommandWords& command) {
  if (command.path.empty()) {
    return "__fish_use_subcommand";
  }
  std::string condition;
  std::string word;
  for (const char c : command.path + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    word.clear();
  }
  if (!command.subcommands.empty()) {
    condition += "; and not __fish_seen_subcommand_from " + join(command.subcommands, " ");
  }
  return condition;
}

std::string fish_option(const OptionWords& option, const std::string& start) {
  std::string line = start;
  for (const std::string& flag : option.flags) {
    line += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
  }
  if (option.is_file() || option.is_folder()) {
    line += option.flags.empty() ? " -F" : " -r -F";
  } else if (!option.value.empty()) {
    line += (option.flags.empty() ? " -a " : " -x -a ") + quoted(join(option.words(), " "));
  }
  return line + (option.flags.empty() ? "" : " -d " + quoted(option.help)) + "\n";
}

}  // namespace

std::string fill(std::string text,
                 std::initializer_list<std::pair<const char*, std::string>> values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "@" + std::string(name) + "@";
    text.replace(text.find(mark), mark.size(), value);
  }
  return text;
}

std::string bash_completion(const std::vector<CommandWords>& commands) {
  std::string paths;
  std::string values;
  std::string words;
  for (const CommandWords& command : commands) {
    for (const std::string& name : command.subcommands) {
      paths += "      \"" + command.path + ":" + name + "\") command=\"" + sub_path(command, name) +
               "\" ;;\n";
    }
    for (const OptionWords& option : command.options) {
      if (!option.value.empty() && !option.flags.empty()) {
        std::vector<std::string> patterns;
        patterns.reserve(option.flags.size());
        for (const std::string& flag : option.flags) {
          patterns.push_back("\"" + command.path + ":" + flag + "\"");
        }
        values += "    " + join(patterns, "|") + ") " + bash_values(option) + " ;;\n";
      }
    }
    std::vector<std::string> plain = command.subcommands;
    std::string argument;
    if (const OptionWords* option = argument_of(command); option != nullptr) {
      const std::vector<std::string> choices = option->words();
      plain.insert(plain.end(), choices.begin(), choices.end());
      argument = option->is_file() || option->is_folder() ? " files=1" : "";
    }
    words += "    \"" + command.path + "\") flags=" + quoted(join(all_flags(command), " ")) +
             " plain=" + quoted(join(plain, " ")) + argument + " ;;\n";
  }
  return fill(kBashTemplate, {{"subcommands", paths}, {"values", values}, {"words", words}});
}

std::string zsh_completion(const std::vector<CommandWords>& commands) {
  std::string functions;
  for (const CommandWords& command : commands) {
    functions += command.subcommands.empty() ? zsh_command(command) : zsh_group(command, commands);
  }
  // Autoloaded from fpath the file is the function; sourced, it registers it.
  return fill(kZshTemplate, {{"functions", functions}});
}

std::string fish_completion(const std::vector<CommandWords>& commands) {
  std::string lines;
  for (const CommandWords& command : commands) {
    const std::string start = "complete -c hyportrait -n " + quoted(fish_condition(command));
    for (const CommandWords& other : commands) {
      for (const std::string& subcommand : command.subcommands) {
        if (other.path == sub_path(command, subcommand)) {
          lines += start + " -a " + subcommand + " -d " + quoted(other.help) + "\n";
        }
      }
    }
    for (const OptionWords& option : command.options) {
      lines += fish_option(option, start);
    }
  }
  return fill(kFishTemplate, {{"lines", lines}});
}

}  // namespace hyportrait::cli
