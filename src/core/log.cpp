// SPDX-License-Identifier: Apache-2.0
#include "core/log.h"

#include <hyportrait/error.h>

#include <spdlog/sinks/stdout_color_sinks.h>

#include <array>
#include <memory>

namespace hyportrait {

void set_up_log(const std::string& level) {
  constexpr std::array<const char*, 6> kLevels{"trace", "debug", "info", "warn", "error", "off"};
  bool known = false;
  for (const char* name : kLevels) {
    known = known || level == name;
  }
  if (!known) {
    throw Error(
        ExitCode::usage,
        "--log-level " + level + ": not a level; use trace, debug, info, warn, error or off");
  }
  auto logger = std::make_shared<spdlog::logger>(
      "hyportrait", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%^%l%$: %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace hyportrait
