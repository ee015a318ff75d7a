// SPDX-License-Identifier: Apache-2.0
#include "core/log.h"

#include <hyportrait/error.h>

#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace hyportrait {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> kLogger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "hyportrait", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%^%l%$: %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *kLogger;
}

void set_up_log(const std::string& level) {
  constexpr std::array<std::string_view, 6> kLevels{
      "trace", "debug", "info", "warn", "error", "off"};
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) {
    throw Error(
        ExitCode::usage,
        "--log-level " + level + ": not a level; use trace, debug, info, warn, error or off");
  }
  logger().set_level(spdlog::level::from_str(level));
}

}  // namespace hyportrait
