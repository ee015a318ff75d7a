// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include "options/option_table.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait {

/// The options of `animate`, in the order of help (see Note [One table of options]).
const std::vector<OptionSpec<AnimateOptions>>& animate_option_specs();

/// Sets what a config object holds; relative paths in it are taken from `base`. Unknown keys, wrong
/// types and values out of range are Error(usage) naming `where`. `-` and `_` in keys are the same.
void apply_config(AnimateOptions& options,
                  const nlohmann::json& config,
                  const std::string& where,
                  const std::filesystem::path& base);

/// The options as a config object; unset ones are left out, so reading it back gives the same
/// options.
nlohmann::ordered_json to_config(const AnimateOptions& options);

/// The --pose-drive that means the portrait's own pose.
inline constexpr const char* kPortraitsPose = "ref";

/// "torchscript" or "compiled".
const char* engine_text(EngineKind engine);

/// The output's name when none is given, without a folder: made of the inputs' names.
std::string default_output_name(const AnimateOptions& options);

/// Values out of range, inputs that are missing, options that contradict each other. Throws
/// Error(usage) naming the option.
void validate(const AnimateOptions& options);

/// Sets what a config file holds, or the options of the run whose sidecar it is: then with its
/// bundle, and without --overwrite and --frames-dir, which are given again. Throws Error(usage).
void apply_config_file(AnimateOptions& options, const std::filesystem::path& path);

}  // namespace hyportrait
