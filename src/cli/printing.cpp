// SPDX-License-Identifier: Apache-2.0
#include "cli/printing.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <iostream>
#include <string_view>

namespace hyportrait::cli {
namespace {

bool g_printed_json = false;

}  // namespace

void print_json(const nlohmann::ordered_json& json) {
  std::cout << json_text(json) << '\n';
  g_printed_json = true;
}

void print_plan(const nlohmann::ordered_json& object, const std::string& indent) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      std::cout << indent << key << ":\n";
      print_plan(value, indent + "  ");
    } else if (key == "warnings") {
      for (const auto& warning : value) {
        std::cout << indent << "warning: " << printable(warning.get<std::string>()) << '\n';
      }
    } else {
      std::cout << indent << key << ": "
                << printable(value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
  }
}

bool printed_json() {
  return g_printed_json;
}

std::string format_number(const char* format, double value) {
  const std::string text = fmt::format(fmt::runtime(format), value);
  const std::string_view shown = text;
  const bool minus_zero = std::isfinite(value) && shown.front() == '-' &&
                          shown.find_first_of("123456789") == shown.npos;
  return std::string(shown.substr(minus_zero ? 1 : 0));
}

void throw_failures(const std::string& command, const std::vector<std::string>& failures) {
  if (failures.empty()) {
    return;
  }
  std::string text;
  for (const std::string& failure : failures) {
    text += (text.empty() ? "" : "; ") + failure;
  }
  throw Error(ExitCode::comparison, command + " failed: " + text);
}

void flush_standard_output() {
  errno = 0;
  std::cout.flush();
  if (!std::cout) {
    const int reason = errno;
    throw Error(ExitCode::failed,
                "standard output cannot be written: " +
                    std::string(reason == 0 ? "not all of it was taken (is the disk full?)"
                                            : std::strerror(reason)));
  }
}

}  // namespace hyportrait::cli
