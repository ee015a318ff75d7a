// SPDX-License-Identifier: Apache-2.0
#include "nn/host_memory.h"

#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

std::string gib(std::uint64_t count) {
  return std::to_string(count * kGib) + "\n";
}

/// A folder with the files of a machine of 64 GiB, of which 48 are available.
class HostMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = test::test_dir();
    write("proc/meminfo",
          "MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\n"
          "HugePages_Total:       0\n");
  }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void expect(std::uint64_t total, std::uint64_t available) const {
    const HostMemory memory = host_memory(root_);
    EXPECT_EQ(memory.total, total * kGib);
    EXPECT_EQ(memory.available, available * kGib);
  }
  fs::path root_;
};

TEST_F(HostMemoryTest, IsTheMachinesWithoutControlGroups) {
  expect(64, 48);
  write("proc/self/cgroup", "no line of a group\n0::/gone\n5:memory:/gone\n");
  expect(64, 48);
}

TEST_F(HostMemoryTest, IsWhatASlurmJobMayTake) {
  write("proc/self/cgroup", "0::/slurm/job_1/step_0/task_0\n");
  const fs::path slurm = "sys/fs/cgroup/slurm";
  write(slurm / "job_1/memory.max", gib(16));
  write(slurm / "job_1/memory.high", "max\n");
  write(slurm / "job_1/memory.current", gib(12));
  write(slurm / "job_1/memory.stat", "anon 5\ninactive_file " + gib(5) + "active_file 7\n");
  for (const char* group : {"job_1/step_0", "job_1/step_0/task_0"}) {
    write(slurm / group / "memory.max", "max\n");
    write(slurm / group / "memory.current", gib(1));
  }
  expect(16, 9);
  write(slurm / "job_1/step_0/task_0/memory.high", gib(3));
  expect(3, 2);
  write(slurm / "memory.max", gib(40));  // its other jobs have nearly all
  write(slurm / "memory.current", gib(39));
  expect(3, 1);
}

TEST_F(HostMemoryTest, IsWhatAContainerMayTake) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", gib(8));
  write("sys/fs/cgroup/memory.current", gib(9));  // above a limit that was lowered just now
  expect(8, 0);
  write("proc/self/cgroup", "0::/../../elsewhere\n");
  write("sys/fs/cgroup/memory.current", gib(2));
  expect(8, 6);
}

TEST_F(HostMemoryTest, VersionOneHasOtherNames) {
  // As in a container: the path is the machine's, and only the container's group is mounted.
  write("proc/self/cgroup", "7:cpu,cpuacct:/docker/a\n4:hugetlb,memory:/docker/a\n0::/docker/a\n");
  const fs::path group = "sys/fs/cgroup/memory";
  write(group / "memory.limit_in_bytes", gib(10));
  write(group / "memory.usage_in_bytes", gib(6));
  write(group / "memory.stat", "inactive_file 0\ntotal_inactive_file " + gib(1));
  expect(10, 5);
  write(group / "memory.limit_in_bytes", "9223372036854771712\n");  // its way to say: none
  expect(64, 48);
}

TEST_F(HostMemoryTest, ALimitAboveTheMachineSetsNone) {
  write("proc/self/cgroup", "0::/a\n");
  write("sys/fs/cgroup/a/memory.max", gib(100));
  write("sys/fs/cgroup/a/memory.current", gib(1));
  expect(64, 48);
}

TEST_F(HostMemoryTest, IsUnknownWhereNothingCanBeRead) {
  fs::remove_all(root_ / "proc");
  expect(0, 0);
}

TEST_F(HostMemoryTest, KnowsThisMachine) {
  const HostMemory memory = host_memory();
  EXPECT_GT(memory.available, 0U);
  EXPECT_LE(memory.available, memory.total);
}

}  // namespace
}  // namespace hyportrait::nn
