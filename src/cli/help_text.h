// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <set>
#include <string>

namespace hyportrait::cli {

/// The help of commands, as wide as the terminal. With `first` --help shows those options alone
/// and names --help-all, which shows all.
class HelpText final : public CLI::Formatter {
 public:
  /// `first`: names without dashes.
  explicit HelpText(std::set<std::string> first = {}) : first_(std::move(first)) {
    label("SUBCOMMAND", "COMMAND");
  }

  std::string make_help(const CLI::App* app,
                        std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  [[nodiscard]] bool shows(const CLI::Option& option, CLI::AppFormatMode mode) const;

  std::set<std::string> first_;
};

/// Gives a command with many options --help-all; its --help shows the `first` ones.
void shorten_help(CLI::App& command, std::set<std::string> first);

}  // namespace hyportrait::cli
