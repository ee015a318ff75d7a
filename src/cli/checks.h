// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/compare.h>

#include <nlohmann/json.hpp>

#include <string>

namespace hyportrait::cli {

/// Prints a check's figures with `print_table`, or as JSON without one, and the bounds they miss.
/// Throws Error(comparison) when the check failed.
void finish_check(const std::string& command,
                  const CheckReport& report,
                  void (*print_table)(const nlohmann::ordered_json& figures));

}  // namespace hyportrait::cli
