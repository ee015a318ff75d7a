// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

enum class OptionKind { text, path, integer, number, flag };

/// One option of `animate`: the single place of its name, range, help and parsing, for the command
/// line, --config,
/// --print-config, the sidecar, completion and the manual page.
struct OptionSpec {
  std::string name;   ///< "max-frames": the flag without dashes and the key of a config file
  std::string value;  ///< "N": how help shows the value; empty for a flag
  std::string help;
  std::string group;  ///< the heading in help
  OptionKind kind = OptionKind::text;
  /// Sets it from text ("true" or "false" for a flag); throws std::invalid_argument saying what is
  /// allowed.
  std::function<void(AnimateOptions&, const std::string&)> set;
  /// Its text; nothing while it is unset.
  std::function<std::optional<std::string>(const AnimateOptions&)> get;
};

/// All options, in the order of help.
const std::vector<OptionSpec>& animate_option_specs();

/// Sets one option from a flag's text. Throws Error(usage) naming the flag.
void set_option(AnimateOptions& options, const OptionSpec& spec, const std::string& text);

/// Sets what a config object holds; relative paths in it are taken from `base`. Unknown keys, wrong
/// types and values out of range are Error(usage) naming `where`. `-` and `_` in keys are the same.
void apply_config(AnimateOptions& options,
                  const nlohmann::json& config,
                  const std::string& where,
                  const std::filesystem::path& base);

/// The options as a config object; unset ones are left out, so reading it back gives the same
/// options.
nlohmann::ordered_json to_config(const AnimateOptions& options);

/// "torchscript" or "compiled".
const char* engine_text(EngineKind engine);

/// The output's name when none is given, without a folder: made of the inputs' names.
std::string default_output_name(const AnimateOptions& options);

/// Options that contradict each other. Throws Error(usage).
void validate(const AnimateOptions& options);

}  // namespace hyportrait
