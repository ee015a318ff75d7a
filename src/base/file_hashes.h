// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace hyportrait {

/// SHA-256 of large files, remembered in the user's cache folder ($XDG_CACHE_HOME or ~/.cache,
/// hyportrait/hashes.json) by path, size and time of change, of at most 20,000 files. A cache that
/// cannot be read or written is no error: then hashes are computed each time.
class FileHashes final {
 public:
  FileHashes();
  /// Remembers what was computed since.
  ~FileHashes();
  FileHashes(const FileHashes&) = delete;
  FileHashes& operator=(const FileHashes&) = delete;

  /// Throws Error(failed) when the file cannot be read.
  std::string sha256(const std::filesystem::path& path);

 private:
  void prune();

  std::filesystem::path cache_;               // empty: nowhere to remember
  std::map<std::string, std::string> known_;  // "path|bytes|change time" -> hash
  std::set<std::string> used_;                // keys that were asked for
  bool changed_ = false;
};

}  // namespace hyportrait
