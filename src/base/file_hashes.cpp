// SPDX-License-Identifier: Apache-2.0
#include "base/file_hashes.h"

#include "base/atomic_file.h"
#include "base/json_strict.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/user_cache.h"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

// Some 10 MB of cache; a path that JSON cannot hold is not remembered.
constexpr std::size_t kMostFiles = 20'000;

/// The time of change (ctime) also moves when a tool sets the time of modification back.
std::string key_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return "";
  }
  return path.string() + '|' + std::to_string(info.st_size) + '|' +
         std::to_string(info.st_ctim.tv_sec) + '.' + std::to_string(info.st_ctim.tv_nsec);
}

/// The path in a key.
fs::path path_of(const std::string& key) {
  return key.substr(0, key.rfind('|', key.rfind('|') - 1));
}

}  // namespace

FileHashes::FileHashes() : cache_(user_cache_file("hashes.json")) {
  const nlohmann::json json = read_json_or_null(cache_);
  if (!json.is_object()) {
    return;
  }
  for (const auto& [key, hash] : json.items()) {
    if (hash.is_string() && std::count(key.begin(), key.end(), '|') >= 2) {
      known_[key] = hash.get<std::string>();
    }
  }
}

/// Keeps the cache small: first go the files that are gone or have changed, then any that this run
/// had no use for, then any.
void FileHashes::prune() {
  std::erase_if(known_, [](const auto& entry) { return !is_utf8(entry.first); });
  if (known_.size() > kMostFiles) {
    std::erase_if(known_, [&](const auto& entry) {
      return !used_.contains(entry.first) && key_of(path_of(entry.first)) != entry.first;
    });
  }
  for (auto entry = known_.begin(); known_.size() > kMostFiles && entry != known_.end();) {
    entry = used_.contains(entry->first) ? std::next(entry) : known_.erase(entry);
  }
  while (known_.size() > kMostFiles) {
    known_.erase(known_.begin());
  }
}

FileHashes::~FileHashes() {
  if (!changed_ || cache_.empty()) {
    return;
  }
  try {
    prune();
    fs::create_directories(cache_.parent_path());
    write_file_atomically(cache_, nlohmann::json(known_).dump(1));
  } catch (const std::exception& error) {
    logger().debug("hashes are not remembered: {}", error.what());
  }
}

std::string FileHashes::sha256(const fs::path& path) {
  const std::string key = key_of(path);
  used_.insert(key);
  const auto found = known_.find(key);
  if (found != known_.end()) {
    return found->second;
  }
  std::string hash = sha256_file(path);
  // Entries of the same path are of files that are gone.
  std::erase_if(known_,
                [&](const auto& entry) { return entry.first.starts_with(path.string() + '|'); });
  known_[key] = hash;
  changed_ = true;
  return hash;
}

}  // namespace hyportrait
