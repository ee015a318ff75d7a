// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace hyportrait {

/// The candidate nearest to `word` by edit distance, if it is near enough to be a slip; else empty.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

/// Parses JSON text; throws Error(code) naming `where`, line and column.
nlohmann::json parse_json(const std::string& text, const std::string& where, ExitCode code);

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
