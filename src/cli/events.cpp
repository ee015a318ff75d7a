// SPDX-License-Identifier: Apache-2.0
#include "cli/events.h"

#include "base/json_strict.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "cli/style.h"

#include <array>
#include <cstdio>
#include <iostream>
#include <string_view>

namespace hyportrait::cli {
namespace {

bool g_events = false;

void log_event(LogLevel level, const std::string& text) {
  constexpr std::array kNames{"trace", "debug", "info", "warn", "error", "off"};
  emit_event("log", {{"level", kNames.at(static_cast<std::size_t>(level))}, {"message", text}});
}

/// A line on standard error, with the colours of the program. Not by std::cerr: the log of a run
/// comes from several threads.
void log_line(LogLevel level, const std::string& text) {
  constexpr std::array kNames{"trace", "debug", "info", "warning", "error", "off"};
  const Ink ink = level == LogLevel::error  ? Ink::bad
                  : level == LogLevel::warn ? Ink::note
                                            : Ink::faint;
  const std::string name = paint(ink, kNames.at(static_cast<std::size_t>(level)));
  const std::string line = styled(std::cerr, name + ": " + printable(text)) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
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
  log_to(g_events ? log_event : log_line);
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

void take_log(const Api& api) {
  api.set_log_sink(g_events ? log_event : log_line);
}

}  // namespace hyportrait::cli
