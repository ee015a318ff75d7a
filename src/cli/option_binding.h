// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options/option_table.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait::cli {

/// Adds the options of a table (see Note [One table of options]) to a command, and reads what was
/// given. Lives as long as the parser does.
template <class Options>
class BoundOptions final {
 public:
  using Specs = std::vector<OptionSpec<Options>>;

  /// `wanted` leaves options out; `group_prefix` goes before the headings of help.
  void add(CLI::App& command,
           const Specs& specs,
           const std::function<bool(const OptionSpec<Options>&)>& wanted = {},
           const std::string& group_prefix = "") {
    for (const OptionSpec<Options>& spec : specs) {
      if (wanted && !wanted(spec)) {
        continue;
      }
      std::string& text = texts_[spec.name];
      const std::string names = short_name(spec.name) + spec.label();
      CLI::Option* option = spec.kind == OptionKind::flag
                                ? command.add_flag(names, text, spec.help_text())
                                : command.add_option(names, text, spec.help_text());
      if (spec.kind != OptionKind::flag) {
        option->type_name(spec.value);
      }
      option->required(spec.positional);
      if (!spec.group.empty()) {
        option->group(group_prefix + spec.group);
      }
      bound_.emplace_back(&spec, option);
    }
  }

  /// Sets what was given; the rest stays. Throws Error(usage).
  void read_into(Options& options) const {
    for (const auto& [spec, option] : bound_) {
      if (option->count() > 0) {
        set_option(options, *spec, texts_.at(spec->name));
      }
    }
  }

  [[nodiscard]] Options read() const {
    Options options;
    read_into(options);
    return options;
  }

 private:
  static std::string short_name(const std::string& name) {
    return name == "output" ? "-o," : name == "overwrite" ? "-y," : "";
  }

  std::map<std::string, std::string> texts_;  ///< by name; CLI11 writes into them
  std::vector<std::pair<const OptionSpec<Options>*, CLI::Option*>> bound_;
};

}  // namespace hyportrait::cli
