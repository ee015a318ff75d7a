// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace hyportrait::nn {

/// Bytes; 0 where unknown.
struct HostMemory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
};

// Note [Memory of a job]
// /proc/meminfo speaks of the machine. A container or a Slurm job may have less: its control group
// (cgroup) has a limit, as has every group above it, and a process that passes one is killed. So
// each level counts: version 2 with memory.max and memory.high (beyond which it is slowed down to a
// crawl), version 1 with memory.limit_in_bytes. A group's usage includes files that it has read and
// that the kernel drops when memory is needed; the inactive ones are as good as free.
// https://docs.kernel.org/admin-guide/cgroup-v2.html, .../cgroup-v1/memory.html

/// Memory of the machine, or of this process's control groups where they allow less. What cannot be
/// read sets no limit. `root`: holds proc/ and sys/.
HostMemory host_memory(const std::filesystem::path& root = "/");

}  // namespace hyportrait::nn
