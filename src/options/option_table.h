// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>
#include <hyportrait/types.h>

#include "base/parse_text.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hyportrait {

enum class OptionKind { text, path, integer, number, flag };

// Note [One table of options]
// Each struct of options has one table. It is the single place of a name, range, help and default:
// the command line, config files, the sidecar, completion and the manual page are made from it, and
// check_ranges() holds every value that an embedder has set against it, by writing the value as
// text and parsing that text again.

/// One option of a struct of options.
template <class Options>
struct OptionSpec {
  std::string name;   ///< "max-frames": the flag without dashes and the key of a config file
  std::string value;  ///< "N": how help shows the value; empty for a flag
  std::string help;   ///< a sentence without a full stop
  std::string unset;  ///< what holds while it is unset: "all of it"; empty: nothing to say
  std::string group;  ///< the heading in help
  OptionKind kind = OptionKind::text;
  bool positional = false;  ///< an argument without a flag
  std::string keyword;      ///< of a path: a word that is no file; a file of that name is ./word
  /// Sets it from text ("true" or "false" for a flag); throws std::invalid_argument saying what is
  /// allowed.
  std::function<void(Options&, const std::string&)> set;
  /// Its text; nothing while it is unset.
  std::function<std::optional<std::string>(const Options&)> get;

  /// How messages call it.
  [[nodiscard]] std::string label() const { return positional ? name : "--" + name; }

  /// The help with its default in brackets.
  [[nodiscard]] std::string help_text() const {
    const std::string standard = kind == OptionKind::flag ? "" : get({}).value_or(unset);
    return standard.empty() ? help : help + " [" + standard + "]";
  }
};

/// Name and help of an option that is being added.
struct OptionText {
  std::string name;
  std::string help;
  std::string unset{};
};

namespace option_detail {

template <class T>
struct ValueOf {
  using Type = T;
};
template <class T>
struct ValueOf<std::optional<T>> {
  using Type = T;
};
template <class T>
inline constexpr bool kOptional = !std::is_same_v<typename ValueOf<T>::Type, T>;

inline std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : "|") + word;
  }
  return text;
}

}  // namespace option_detail

/// Collects the options of a struct in the order of help. A `field` is what std::invoke gives a
/// member of the struct for: a pointer to a member, or a function of (auto& options).
template <class Options>
class OptionTable final {
 public:
  using Spec = OptionSpec<Options>;

  /// The heading of the options that follow.
  void group(std::string heading) { group_ = std::move(heading); }

  /// An empty path is an unset one.
  template <class Field>
  Spec& path(OptionText text, Field field) {
    Spec& spec = add(std::move(text), "FILE", OptionKind::path);
    spec.set = [field](Options& options, const std::string& given) {
      if (given.empty() || given.find('\0') != std::string::npos) {
        throw std::invalid_argument("expected a path");
      }
      std::invoke(field, options) = given;
    };
    spec.get = [field](const Options& options) {
      const std::filesystem::path& path = std::invoke(field, options);
      return path.empty() ? std::nullopt : std::optional(path.string());
    };
    return spec;
  }

  template <class Field>
  Spec& integer(OptionText text, std::int64_t lowest, std::int64_t highest, Field field) {
    return parsed(
        std::move(text),
        "N",
        [=](const std::string& given) { return parse_integer(given, lowest, highest); },
        field,
        OptionKind::integer);
  }

  /// `value`: how help shows it ("X", "DB").
  template <class Field>
  Spec& number(OptionText text, std::string value, double lowest, double highest, Field field) {
    return parsed(
        std::move(text),
        std::move(value),
        [=](const std::string& given) { return parse_number(given, lowest, highest); },
        field,
        OptionKind::number);
  }

  template <class Field>
  Spec& flag(OptionText text, Field field) {
    Spec& spec = add(std::move(text), "", OptionKind::flag);
    spec.set = [field](Options& options, const std::string& given) {
      std::invoke(field, options) = parse_switch(given);
    };
    spec.get = [field](const Options& options) {
      return std::optional<std::string>(std::invoke(field, options) ? "true" : "false");
    };
    return spec;
  }

  /// A flag that sets other options and is none itself: no configuration has it.
  Spec& shorthand(OptionText text, std::function<void(Options&)> apply) {
    Spec& spec = add(std::move(text), "", OptionKind::flag);
    spec.set = [apply = std::move(apply)](Options& options, const std::string& given) {
      if (parse_switch(given)) {
        apply(options);
      }
    };
    spec.get = [](const Options&) { return std::optional<std::string>(); };
    return spec;
  }

  /// A value with a parse_ and a to_text of its own (base/parse_text.h).
  template <class Parse, class Field>
  Spec& parsed(OptionText text,
               std::string value,
               Parse parse,
               Field field,
               OptionKind kind = OptionKind::text) {
    Spec& spec = add(std::move(text), std::move(value), kind);
    spec.set = [parse = std::move(parse), field](Options& options, const std::string& given) {
      auto& member = std::invoke(field, options);
      using Member = std::remove_reference_t<decltype(member)>;
      member = static_cast<typename option_detail::ValueOf<Member>::Type>(parse(given));
    };
    spec.get = [field](const Options& options) -> std::optional<std::string> {
      const auto& member = std::invoke(field, options);
      if constexpr (option_detail::kOptional<std::decay_t<decltype(member)>>) {
        return member ? std::optional(to_text(*member)) : std::nullopt;
      } else {
        return to_text(member);
      }
    };
    return spec;
  }

  /// A word out of a few; `words[i]` is the enumerator i.
  template <class Field>
  Spec& choice(OptionText text, const std::vector<std::string>& words, Field field) {
    Spec& spec = add(std::move(text), option_detail::joined(words), OptionKind::text);
    spec.set = [words, field, value = spec.value](Options& options, const std::string& given) {
      auto& member = std::invoke(field, options);
      const auto found = std::find(words.begin(), words.end(), given);
      if (found == words.end()) {
        throw std::invalid_argument("expected " + value);
      }
      member = static_cast<std::remove_reference_t<decltype(member)>>(found - words.begin());
    };
    spec.get = [words, field](const Options& options) -> std::optional<std::string> {
      const auto index = static_cast<std::size_t>(std::invoke(field, options));
      return index < words.size() ? words[index] : std::to_string(index);
    };
    return spec;
  }

  /// Text that is any name.
  template <class Field>
  Spec& name(OptionText text, Field field) {
    return parsed(
        std::move(text),
        "NAME",
        [](const std::string& given) {
          if (given.empty()) {
            throw std::invalid_argument("expected a name");
          }
          return given;
        },
        field);
  }

  /// Text that is one of `words`, or `prefix` with a number ("cuda:1") where there is a prefix.
  template <class Field>
  Spec& word(OptionText text,
             const std::vector<std::string>& words,
             const std::string& prefix,
             Field field) {
    const std::string value =
        option_detail::joined(words) + (prefix.empty() ? "" : "|" + prefix + "N");
    return parsed(
        std::move(text),
        value,
        [words, prefix, value](const std::string& given) {
          if (!prefix.empty() && given.starts_with(prefix)) {
            parse_integer(given.substr(prefix.size()), 0, 127);
          } else if (std::find(words.begin(), words.end(), given) == words.end()) {
            throw std::invalid_argument("expected " + value);
          }
          return given;
        },
        field);
  }

  [[nodiscard]] std::vector<Spec> take() { return std::move(specs_); }

 private:
  Spec& add(OptionText text, std::string value, OptionKind kind) {
    Spec& spec = specs_.emplace_back();
    spec.name = std::move(text.name);
    spec.help = std::move(text.help);
    spec.unset = std::move(text.unset);
    spec.value = std::move(value);
    spec.group = group_;
    spec.kind = kind;
    return spec;
  }

  std::string group_;
  std::vector<Spec> specs_;
};

/// Sets one option from text. Throws Error(usage) naming the option and what is allowed.
template <class Options>
void set_option(Options& options, const OptionSpec<Options>& spec, const std::string& text) {
  try {
    spec.set(options, text);
  } catch (const std::invalid_argument& error) {
    throw Error(ExitCode::usage, spec.label() + " " + text + ": " + error.what());
  }
}

/// Holds every value against its range (see Note [One table of options]). Throws Error(usage).
template <class Options>
void check_ranges(const std::vector<OptionSpec<Options>>& specs, const Options& options) {
  Options scratch;
  for (const OptionSpec<Options>& spec : specs) {
    if (const std::optional<std::string> text = spec.get(options)) {
      set_option(scratch, spec, *text);
    }
  }
}

/// Throws Error(usage) when an option that `command` cannot do without is unset.
template <class Options>
void check_given(const std::vector<OptionSpec<Options>>& specs,
                 const Options& options,
                 const std::string& command,
                 const std::vector<std::string>& names) {
  for (const OptionSpec<Options>& spec : specs) {
    const bool needed = std::find(names.begin(), names.end(), spec.name) != names.end();
    if (needed && !spec.get(options)) {
      throw Error(ExitCode::usage,
                  command + " needs " + spec.label() + "; see hyportrait " + command + " --help");
    }
  }
}

}  // namespace hyportrait
