// SPDX-License-Identifier: Apache-2.0
#include "core/output_lock.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

TEST(OutputLock, IsHeldByOneAndLeavesNothing) {
  const fs::path output = test::test_dir() / "out.mp4";
  std::optional<OutputLock> first(std::in_place, output);
  expect_error(ExitCode::failed, "out.mp4: another process is writing it", [&] {
    const OutputLock second(output);
  });
  EXPECT_TRUE(fs::exists(output.string() + ".part"));  // the second one leaves it to the first
  first.reset();
  EXPECT_TRUE(fs::is_empty(output.parent_path()));
  EXPECT_NO_THROW(OutputLock third(output));
}

TEST(OutputLock, AFinishedOutputIsLeftAlone) {
  const fs::path output = test::test_dir() / "out.mp4";
  {
    const OutputLock lock(output);
    fs::rename(output.string() + ".part", output);
    const OutputLock next(output);  // the name is free again
  }
  EXPECT_TRUE(fs::exists(output));
  EXPECT_FALSE(fs::exists(output.string() + ".part"));
}

TEST(OutputLock, DiesWithItsProcess) {
  const fs::path output = test::test_dir() / "out.mp4";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const OutputLock lock(output);
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_error(
      ExitCode::failed, "another process is writing it", [&] { const OutputLock lock(output); });
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs::exists(output.string() + ".part"));
  EXPECT_NO_THROW(OutputLock again(output));
  EXPECT_TRUE(fs::is_empty(output.parent_path()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(OutputLock, AFolderThatIsNotThereIsNamed) {
  const fs::path output = test::test_dir() / "none" / "out.mp4";
  expect_error(
      ExitCode::failed, "out.mp4: cannot be written", [&] { const OutputLock lock(output); });
}

}  // namespace
}  // namespace hyportrait
