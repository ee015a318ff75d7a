// SPDX-License-Identifier: Apache-2.0
#include "cli/checks.h"

#include <hyportrait/error.h>

#include <iostream>

namespace hyportrait::cli {

void finish_check(const std::string& command,
                  const CheckReport& report,
                  void (*print_table)(const nlohmann::ordered_json& figures)) {
  if (print_table == nullptr) {
    std::cout << report.report_json << '\n' << std::flush;
  } else {
    print_table(nlohmann::ordered_json::parse(report.report_json));
    std::cout << std::flush;
  }
  if (!report.passed) {
    std::string failures;
    for (const std::string& failure : report.failures) {
      failures += (failures.empty() ? "" : "; ") + failure;
    }
    throw Error(ExitCode::comparison, command + " failed: " + failures);
  }
}

}  // namespace hyportrait::cli
