// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

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
  return "# bash completion of hyportrait: source it, or install it as\n"
         "# share/bash-completion/completions/hyportrait\n"
         "_hyportrait_choose() {\n"
         "  compopt +o default 2>/dev/null\n"
         "  COMPREPLY=($(compgen -W \"$1\" -- \"$2\"))\n"
         "}\n"
         "_hyportrait() {\n"
         "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local command=\"\" flags=\"\" plain=\"\" files=0 i\n"
         "  COMPREPLY=()\n"
         "  # --flag=value comes as three words.\n"
         "  if [ \"$cur\" = \"=\" ]; then cur=\"\"\n"
         "  elif [ \"$prev\" = \"=\" ]; then prev=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$command:${COMP_WORDS[i]}\" in\n" +
         paths +
         "    esac\n"
         "  done\n"
         "  case \"$command:$prev\" in\n" +
         values +
         "  esac\n"
         "  case \"$command\" in\n" +
         words +
         "  esac\n"
         "  if [[ \"$cur\" != -* && \"$files\" = 1 ]]; then return; fi\n"
         "  if [[ \"$cur\" = -* ]]; then _hyportrait_choose \"$flags\" \"$cur\"\n"
         "  else _hyportrait_choose \"$plain\" \"$cur\"; fi\n"
         "}\n"
         "complete -o default -F _hyportrait hyportrait\n";
}

std::string zsh_completion(const std::vector<CommandWords>& commands) {
  std::string text = "#compdef hyportrait\n# zsh completion of hyportrait\n";
  for (const CommandWords& command : commands) {
    const std::string name = function_name(command.path);
    text += "\n" + name + "() {\n";
    if (!command.subcommands.empty()) {
      text += "  local -a commands=(\n";
      for (const CommandWords& other : commands) {
        for (const std::string& subcommand : command.subcommands) {
          if (other.path == sub_path(command, subcommand)) {
            text += "    " + quoted(subcommand + ":" + escaped(other.help, ":", "\\")) + "\n";
          }
        }
      }
      text += "  )\n  local line state\n";
    }
    text += "  _arguments" + std::string(command.subcommands.empty() ? "" : " -C") + " \\\n";
    for (const OptionWords& option : command.options) {
      text += zsh_option(option);
    }
    if (command.subcommands.empty()) {
      text += "    && return\n}\n";
      continue;
    }
    text +=
        "    '1: :->command' '*:: :->arguments'\n  case $state in\n"
        "    command) _describe command commands ;;\n    arguments)\n      case $line[1] in\n";
    for (const std::string& subcommand : command.subcommands) {
      text +=
          "        " + subcommand + ") " + function_name(sub_path(command, subcommand)) + " ;;\n";
    }
    text += "      esac ;;\n  esac\n}\n";
  }
  // Autoloaded from fpath the file is the function; sourced, it registers it.
  return text +
         "\nif [ \"$funcstack[1]\" = \"_hyportrait\" ]; then _hyportrait \"$@\"\n"
         "else compdef _hyportrait hyportrait; fi\n";
}

std::string fish_completion(const std::vector<CommandWords>& commands) {
  std::string text = "# fish completion of hyportrait\ncomplete -c hyportrait -f\n";
  for (const CommandWords& command : commands) {
    const std::string start = "complete -c hyportrait -n " + quoted(fish_condition(command));
    for (const CommandWords& other : commands) {
      for (const std::string& subcommand : command.subcommands) {
        if (other.path == sub_path(command, subcommand)) {
          text += start + " -a " + subcommand + " -d " + quoted(other.help) + "\n";
        }
      }
    }
    for (const OptionWords& option : command.options) {
      text += fish_option(option, start);
    }
  }
  return text;
}

}  // namespace hyportrait::cli
