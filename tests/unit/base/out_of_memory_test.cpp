// SPDX-License-Identifier: Apache-2.0
#include "base/out_of_memory.h"

#include <hyportrait/error.h>

#include "fuzz/failing_new.h"
#include "options/batch_jobs.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <string>

namespace hyportrait {
namespace {

constexpr int kBadAlloc = 42;  // an exit code that nothing else has

void parse_two_jobs() {
  parse_jobs(R"({"ref": "a.png", "drive": "b.mp4", "ref-box": "1,2,30,40", "steps": 3})"
             "\n"
             R"({"ref": "c.png", "drive": "d.mp4", "output": "sub/e.mp4"})",
             {.name = "jobs.jsonl", .folder = "/jobs", .out_dir = "/out"});
}

/// The exit code of a process whose `number`-th allocation fails while it parses; its standard
/// error goes into `log`. A signal fails the test.
int parse_with_failing_allocation(std::uint64_t number, const std::filesystem::path& log) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen(log.c_str(), "w", stderr) == nullptr) {
      ::_exit(1);
    }
    end_on_out_of_memory();
    test::fail_allocation(number);
    try {
      parse_two_jobs();
    } catch (const std::bad_alloc&) {
      ::_exit(kBadAlloc);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "allocation " << number << ": signal " << WTERMSIG(status);
  return WEXITSTATUS(status);
}

/// Whichever allocation of a parser fails, somebody hears of it: std::bad_alloc, or where that
/// cannot be thrown, the line.
TEST(OutOfMemory, OfAnyAllocationOfAJobsFileIsAnErrorNeverACrash) {
  const std::filesystem::path log = test::test_dir() / "log";
  parse_two_jobs();  // what is made once
  test::count_allocations();
  parse_two_jobs();
  const std::uint64_t allocations = test::allocations_counted();
  ASSERT_GT(allocations, 100U);
  std::map<int, int> codes;
  for (std::uint64_t number = 0; number < allocations && !HasFailure(); ++number) {
    const int code = parse_with_failing_allocation(number, log);
    ++codes[code];
    if (code == static_cast<int>(ExitCode::device)) {
      std::string line;
      std::getline(std::ifstream(log), line);
      EXPECT_EQ(line, std::string("error: ") + kOutOfMemory);
    }
  }
  EXPECT_GT(codes[kBadAlloc], 50);
  EXPECT_GT(codes[static_cast<int>(ExitCode::device)], 0);  // else the handler is not needed
  EXPECT_EQ(codes[kBadAlloc] + codes[static_cast<int>(ExitCode::device)],
            static_cast<int>(allocations));
}

}  // namespace
}  // namespace hyportrait
