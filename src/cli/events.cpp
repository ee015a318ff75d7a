// SPDX-License-Identifier: Apache-2.0
#include "cli/events.h"

#include "base/json_strict.h"
#include "base/log.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace hyportrait::cli {
namespace {

bool g_events = false;

void log_event(LogLevel level, const std::string& text) {
  constexpr std::array kNames{"trace", "debug", "info", "warn", "error", "off"};
  emit_event("log", {{"level", kNames.at(static_cast<std::size_t>(level))}, {"message", text}});
}

}  // namespace

void choose_events(const std::vector<std::string>& arguments) {
  constexpr std::string_view kOption = "--progress";
  bool value_next = false;
  for (const std::string_view word : arguments) {
    if (value_next) {
      g_events = word == "json";
      value_next = false;
    } else if (word == "--") {
      break;
    } else if (word == kOption) {
      value_next = true;
    } else if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with("=")) {
      g_events = word.substr(kOption.size() + 1) == "json";
    }
  }
  if (g_events) {
    log_to(log_event);
  }
}

bool events_wanted() {
  return g_events;
}

void emit_event(const std::string& name, const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json event{{"event", name}};
  event.update(fields);
  const std::string line = json_text(event, -1) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

void log_as_events(const Api& api) {
  if (g_events) {
    api.set_log_sink(log_event);
  }
}

}  // namespace hyportrait::cli
