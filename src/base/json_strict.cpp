// SPDX-License-Identifier: Apache-2.0
#include "base/json_strict.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>

namespace hyportrait {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

struct TooDeep final : std::exception {};

/// A key that stands twice in one object: which value counts would be a guess.
struct DuplicateKey final : std::exception {
  explicit DuplicateKey(std::string name) : key(std::move(name)) {}
  std::string key;
};

/// What nlohmann's parser is told of while it reads: the keys of the objects that are open.
class Watch final {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    const bool starts = event == Event::object_start || event == Event::array_start;
    if (starts && depth >= kMaxJsonDepth) {
      throw TooDeep();
    }
    if (event == Event::object_start) {
      keys_.emplace_back();
    } else if (event == Event::object_end) {
      keys_.pop_back();
    } else if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
      throw DuplicateKey(value.get<std::string>());
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

nlohmann::json parse_watched(const std::string& text) {
  Watch watch;
  return nlohmann::json::parse(text, std::ref(watch));
}

std::string plain(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 64;  // no option's name is longer
  std::string best;
  if (word.size() > kLongest) {
    return best;
  }
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

nlohmann::json parse_json(const std::string& text, const std::string& where, ExitCode code) {
  try {
    return parse_watched(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t end = std::min(error.byte, text.size());
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    throw Error(code, where + ": not valid JSON near line " + std::to_string(line));
  } catch (const nlohmann::json::out_of_range&) {
    throw Error(code, where + ": holds a number that is too large");
  } catch (const TooDeep&) {
    throw Error(code,
                where + ": is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  } catch (const DuplicateKey& error) {
    throw Error(code,
                where + ": holds the key '" + error.key.substr(0, 100) + "' twice in one object");
  }
}

nlohmann::json parse_json_or_null(const std::string& text) {
  try {
    return parse_watched(text);
  } catch (const nlohmann::json::exception&) {
    return nullptr;
  } catch (const TooDeep&) {
    return nullptr;
  } catch (const DuplicateKey&) {
    return nullptr;
  }
}

nlohmann::json read_json(const std::filesystem::path& path, ExitCode code, FileKind kind) {
  return parse_json(read_text_file(path, kMaxSettings, code, kind), path.string(), code);
}

nlohmann::json read_json_or_null(const std::filesystem::path& path) {
  try {
    return parse_json_or_null(read_text_file(path, kMaxSettings, ExitCode::failed));
  } catch (const Error&) {
    return nullptr;
  }
}

std::string json_text(const nlohmann::ordered_json& json, int indent) {
  const std::string text =
      json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  // nlohmann writes the controls from U+007F to U+009F as they are; a terminal may obey them.
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool pair = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte == 0x7F || pair) {
      i += pair ? 1 : 0;
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[i]));
    } else {
      result += text[i];
    }
  }
  return result;
}

bool is_utf8(const std::string& text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t kMax = 100;
  const std::string text =
      value.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
  return text.size() <= kMax ? text : text.substr(0, kMax) + "...";
}

StrictObject::StrictObject(const nlohmann::json& object, std::string where, ExitCode code)
    : object_(object), where_(std::move(where)), code_(code) {
  if (!object.is_object()) {
    throw Error(code, where_ + ": expected a JSON object, found " + object.type_name());
  }
}

const nlohmann::json* StrictObject::find(const std::string& key) {
  known_.insert(key);
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

const nlohmann::json& StrictObject::at(const std::string& key) {
  const nlohmann::json* value = find(key);
  if (value == nullptr) {
    refuse(key, "is missing");
  }
  return *value;
}

std::string StrictObject::text(const std::string& key) {
  const nlohmann::json& value = at(key);
  if (!value.is_string()) {
    refuse(key, std::string("expected text, found ") + value.type_name());
  }
  return value.get<std::string>();
}

std::int64_t StrictObject::integer(const std::string& key,
                                   std::int64_t lowest,
                                   std::int64_t highest) {
  const nlohmann::json& value = at(key);
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() &&
       value.get<std::uint64_t>() >
           static_cast<std::uint64_t>(std::max<std::int64_t>(highest, 0))) ||
      value.get<std::int64_t>() < lowest || value.get<std::int64_t>() > highest) {
    refuse(key,
           "expected an integer from " + std::to_string(lowest) + " to " + std::to_string(highest) +
               ", found " + shown(value));
  }
  return value.get<std::int64_t>();
}

double StrictObject::number(const std::string& key, double lowest, double highest) {
  const nlohmann::json& value = at(key);
  if (!value.is_number() || !(value.get<double>() >= lowest && value.get<double>() <= highest)) {
    refuse(key,
           "expected a number from " + plain(lowest) + " to " + plain(highest) + ", found " +
               shown(value));
  }
  return value.get<double>();
}

bool StrictObject::boolean(const std::string& key) {
  const nlohmann::json& value = at(key);
  if (!value.is_boolean()) {
    refuse(key, "expected true or false, found " + shown(value));
  }
  return value.get<bool>();
}

void StrictObject::done() const {
  for (const auto& [key, value] : object_.items()) {
    if (known_.count(key) == 0) {
      const std::string guess = nearest_word(key, {known_.begin(), known_.end()});
      refuse(key, guess.empty() ? "unknown key" : "unknown key; did you mean '" + guess + "'?");
    }
  }
}

void StrictObject::refuse(const std::string& key, const std::string& what) const {
  throw Error(code_, where_ + ": '" + key.substr(0, 100) + "': " + what);
}

}  // namespace hyportrait
