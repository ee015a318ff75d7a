// SPDX-License-Identifier: Apache-2.0
#include "nn/host_memory.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// A file that holds one number; nothing for "max", another text, or no file.
std::optional<std::uint64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// The number behind `key` in lines of a key and a number each.
std::optional<std::uint64_t> number_of(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  while (file >> word >> number) {
    if (word == key) {
      return number;
    }
    std::getline(file, word);
  }
  return std::nullopt;
}

/// What the two versions of control groups call the same things.
struct Names {
  const char* mount;
  std::array<const char*, 2> limits;
  const char* usage;
  std::array<const char*, 2>
      reclaimable;  // of memory.stat: the first that is there, groups below it included
};

constexpr Names kVersion2{"sys/fs/cgroup",
                          {"memory.max", "memory.high"},
                          "memory.current",
                          {"inactive_file", "inactive_file"}};
constexpr Names kVersion1{"sys/fs/cgroup/memory",
                          {"memory.limit_in_bytes", "memory.limit_in_bytes"},
                          "memory.usage_in_bytes",
                          {"total_inactive_file", "inactive_file"}};

HostMemory memory_of(const fs::path& group, const Names& names) {
  std::uint64_t limit = kNoLimit;
  for (const char* name : names.limits) {
    limit = std::min(limit, number_in(group / name).value_or(kNoLimit));
  }
  std::uint64_t reclaimable = 0;
  for (const char* name : names.reclaimable) {
    if (const auto number = number_of(group / "memory.stat", name)) {
      reclaimable = *number;
      break;
    }
  }
  const std::uint64_t usage = number_in(group / names.usage).value_or(0);
  const std::uint64_t held = usage - std::min(usage, reclaimable);
  return {limit, limit - std::min(limit, held)};
}

void lower(HostMemory& memory, const HostMemory& other) {
  memory = {std::min(memory.total, other.total), std::min(memory.available, other.available)};
}

/// The lowest of the group `path` and those above it. A container sees its own group at the mount
/// while `path` may be the machine's: folders that are not there set no limit.
HostMemory memory_above(const fs::path& root, const Names& names, std::string_view path) {
  const fs::path mount = root / names.mount;
  HostMemory memory = memory_of(mount, names);
  fs::path group = mount;
  for (const fs::path& part : fs::path(path).relative_path()) {
    if (part == "..") {  // the process's group is outside of what is mounted here
      break;
    }
    group /= part;
    lower(memory, memory_of(group, names));
  }
  return memory;
}

bool lists_memory(std::string_view controllers) {
  const std::string list = "," + std::string(controllers) + ",";
  return list.find(",memory,") != std::string::npos;
}

}  // namespace

HostMemory host_memory(const fs::path& root) {
  constexpr std::uint64_t kKibibyte = 1024;
  const fs::path meminfo = root / "proc/meminfo";
  HostMemory memory{kNoLimit, kNoLimit};
  if (const auto total = number_of(meminfo, "MemTotal:")) {
    memory.total = *total * kKibibyte;
  }
  if (const auto available = number_of(meminfo, "MemAvailable:")) {
    memory.available = *available * kKibibyte;
  }
  // Lines of "hierarchy:controllers:path"; version 2's is "0::path".
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    if (controllers.empty() || lists_memory(controllers)) {
      lower(memory,
            memory_above(root,
                         controllers.empty() ? kVersion2 : kVersion1,
                         std::string_view(line).substr(second + 1)));
    }
  }
  return {memory.total == kNoLimit ? 0 : memory.total,
          memory.available == kNoLimit ? 0 : memory.available};
}

}  // namespace hyportrait::nn
