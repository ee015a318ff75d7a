// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>

namespace hyportrait::run {

/// The values that were used last, as many as fit in `limit_bytes`; a limit of 0 keeps none. Not
/// thread-safe.
template <class Value>
class BoundedCache final {
 public:
  explicit BoundedCache(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  std::optional<Value> find(const std::string& key) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->key == key) {
        entries_.splice(entries_.begin(), entries_, entry);
        return entries_.front().value;
      }
    }
    return std::nullopt;
  }

  /// Keeps a value that is not there yet; `bytes` is what it holds in memory.
  void put(const std::string& key, Value value, std::uint64_t bytes) {
    if (bytes > limit_) {
      return;
    }
    entries_.push_front({key, std::move(value), bytes});
    for (used_ += bytes; used_ > limit_; entries_.pop_back()) {
      used_ -= entries_.back().bytes;
    }
  }

  void clear() {
    entries_.clear();
    used_ = 0;
  }

 private:
  struct Entry {
    std::string key;
    Value value;
    std::uint64_t bytes = 0;
  };
  std::list<Entry> entries_;  // the last used first
  std::uint64_t limit_;
  std::uint64_t used_ = 0;
};

}  // namespace hyportrait::run
