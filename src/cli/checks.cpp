// SPDX-License-Identifier: Apache-2.0
#include "cli/checks.h"

#include <hyportrait/error.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

namespace hyportrait::cli {

void print_json(const nlohmann::ordered_json& json) {
  std::cout << json_text(json) << '\n';
}

std::string format_number(const char* format, double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
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
