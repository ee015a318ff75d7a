// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

namespace hyportrait {
namespace {

constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<spdlog::level::level_enum, 6> kSpdlogLevels{spdlog::level::trace,
                                                                 spdlog::level::debug,
                                                                 spdlog::level::info,
                                                                 spdlog::level::warn,
                                                                 spdlog::level::err,
                                                                 spdlog::level::off};

/// Hands lines to an embedder's sink, or to stderr while there is none.
class SwitchedSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  SwitchedSink() {
    standard_.set_pattern("%^%l%$: %v");
    if (!knows_escape_codes(std::getenv("TERM"))) {  // spdlog goes by COLORTERM first
      standard_.set_color_mode(spdlog::color_mode::never);
    }
  }

  void hand_to(LogSink wish) {
    const std::lock_guard lock(mutex_);
    sink_ = std::move(wish);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!sink_) {
      const std::string text = printable({message.payload.data(), message.payload.size()});
      spdlog::details::log_msg shown = message;
      shown.payload = text;
      standard_.log(shown);
      return;
    }
    const auto* const found = std::find(kSpdlogLevels.begin(), kSpdlogLevels.end(), message.level);
    sink_(static_cast<LogLevel>(found - kSpdlogLevels.begin()),
          std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override { standard_.flush(); }

  LogSink sink_;
  spdlog::sinks::stderr_color_sink_st standard_;
};

const std::shared_ptr<SwitchedSink>& switched_sink() {
  static const auto kSink = std::make_shared<SwitchedSink>();
  return kSink;
}

}  // namespace

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("hyportrait", switched_sink());
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *kLogger;
}

void warn_once(const std::string& text) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard lock(mutex);
  if (said.insert(text).second) {
    logger().warn("{}", text);
  }
}

void log_from(LogLevel level) {
  logger().set_level(kSpdlogLevels.at(static_cast<std::size_t>(level)));
}

void log_to(LogSink sink) {
  switched_sink()->hand_to(std::move(sink));
}

LogLevel parse_log_level(const std::string& text) {
  const auto* const found = std::find(kLevels.begin(), kLevels.end(), text);
  if (found == kLevels.end()) {
    throw Error(
        ExitCode::usage,
        "--log-level " + text + ": not a level; use trace, debug, info, warn, error or off");
  }
  return static_cast<LogLevel>(found - kLevels.begin());
}

}  // namespace hyportrait
