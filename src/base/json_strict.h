// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include "base/text_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace hyportrait {

/// The candidate nearest to `word` by edit distance, if it is near enough to be a slip; else empty.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

/// How deeply arrays and objects may be nested: whatever walks a JSON value calls itself, and a
/// hostile file must not exhaust the stack.
inline constexpr int kMaxJsonDepth = 64;

/// Parses JSON text; throws Error(code) naming `where` and the line, or what is too large in it.
nlohmann::json parse_json(const std::string& text, const std::string& where, ExitCode code);

/// The same of a file; throws Error(code) also for one that cannot be read or is too large for one
/// of settings.
nlohmann::json read_json(const std::filesystem::path& path,
                         ExitCode code,
                         FileKind kind = FileKind::ordinary);

/// The same for text that may be anything: not an object when it is no JSON or nested too deeply.
nlohmann::json parse_json_or_null(const std::string& text);

/// The same of a file, which may also be missing, no ordinary file, or too large for one of
/// settings.
nlohmann::json read_json_or_null(const std::filesystem::path& path);

/// JSON text for people and programs. Bytes of a file name that are no UTF-8 are replaced: a
/// finished run must not fail for its inputs' names.
/// `indent`: spaces a level; -1 for one line.
std::string json_text(const nlohmann::ordered_json& json, int indent = 2);

/// Whether JSON can hold the text as it is.
bool is_utf8(const std::string& text);

/// A value as it is quoted in a message: its text, cut off where it gets long.
std::string shown(const nlohmann::json& value);

/// Reads one JSON object and refuses what it does not know: a wrong type, a missing or an unknown
/// key is an Error(code) that names `where` and the key. Call done() after the last read.
class StrictObject final {
 public:
  StrictObject(const nlohmann::json& object, std::string where, ExitCode code);

  /// The value at `key`, which must be there; `kind` says in words what it should be.
  const nlohmann::json& at(const std::string& key);
  /// The value at `key`, or nullptr.
  const nlohmann::json* find(const std::string& key);

  std::string text(const std::string& key);
  std::int64_t integer(const std::string& key, std::int64_t lowest, std::int64_t highest);
  double number(const std::string& key, double lowest, double highest);
  bool boolean(const std::string& key);

  /// Throws for the first key that nothing has asked for, with the nearest known one.
  void done() const;

  /// Throws Error(code): "<where>: <key>: <what>".
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;

 private:
  const nlohmann::json& object_;  // outlives this reader
  std::string where_;
  ExitCode code_;
  std::set<std::string> known_;
};

}  // namespace hyportrait
