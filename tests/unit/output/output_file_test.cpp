// SPDX-License-Identifier: Apache-2.0
#include "output/output_file.h"

#include "output/sidecar.h"
#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

TEST(OutputFile, IsHeldByOneAndLeavesNothing) {
  const fs::path output = test::test_dir() / "out.mp4";
  std::optional<OutputFile> first(std::in_place, output, false);
  expect_error(ExitCode::failed, "out.mp4: another process is writing it", [&] {
    const OutputFile second(output, false);
  });
  EXPECT_TRUE(fs::exists(output.string() + ".part"));  // the second one leaves it to the first
  first.reset();
  EXPECT_TRUE(fs::is_empty(output.parent_path()));
  EXPECT_NO_THROW(OutputFile third(output, false));
}

TEST(OutputFile, AFinishedOutputIsLeftAlone) {
  const fs::path output = test::test_dir() / "out.mp4";
  {
    const OutputFile lock(output, false);
    fs::rename(output.string() + ".part", output);
    const OutputFile next(output, false);  // the name is free again
  }
  EXPECT_TRUE(fs::exists(output));
  EXPECT_FALSE(fs::exists(output.string() + ".part"));
}

TEST(OutputFile, DiesWithItsProcess) {
  const fs::path output = test::test_dir() / "out.mp4";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const OutputFile lock(output, false);
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_error(ExitCode::failed, "another process is writing it", [&] {
    const OutputFile lock(output, false);
  });
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs::exists(output.string() + ".part"));
  EXPECT_NO_THROW(OutputFile again(output, false));
  EXPECT_TRUE(fs::is_empty(output.parent_path()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(OutputFile, AFolderThatIsNotThereIsNamed) {
  const fs::path output = test::test_dir() / "none" / "out.mp4";
  expect_error(ExitCode::failed, "out.mp4: cannot be written", [&] {
    const OutputFile lock(output, false);
  });
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(OutputFile, CommitLeavesTheOutputAndItsSidecarAlone) {
  const fs::path output = test::test_dir() / "out.mp4";
  test::write_bytes(output, "old");
  OutputFile file(output, true);
  test::write_bytes(file.paths().part, "new");
  test::write_bytes(file.paths().state, "where it stood");
  EXPECT_EQ(test::file_bytes(output), "old");
  file.commit(RunReport{.plan_hash = "abc", .version = "1"});
  EXPECT_EQ(test::file_bytes(output), "new");
  EXPECT_EQ(names_in(output.parent_path()), (std::vector<std::string>{"out.mp4", "out.mp4.json"}));
  EXPECT_EQ(read_sidecar(output)->plan_hash, "abc");
}

TEST(OutputFile, CommitWithoutAReportWritesNoSidecar) {
  const fs::path output = test::test_dir() / "seen.mp4";
  {
    OutputFile file(output, false);
    test::write_bytes(file.paths().part, "pictures");
    file.commit();
  }
  EXPECT_EQ(names_in(output.parent_path()), std::vector<std::string>{"seen.mp4"});
}

// At the moment at which the output gets its name nothing else may be left to do: the process could
// be killed there.
TEST(OutputFile, TheStateIsGoneBeforeTheOutputHasItsName) {
  const fs::path output = test::test_dir() / "out.mp4";
  OutputFile file(output, true);
  test::write_bytes(file.paths().part, "pictures");
  test::write_bytes(file.paths().state, "where it stood");
  fs::create_directory(output);  // so that the last step fails
  expect_error(ExitCode::failed, "out.mp4: cannot be written", [&] {
    file.commit(RunReport{.plan_hash = "abc", .version = "1"});
  });
  EXPECT_FALSE(fs::exists(file.paths().state));
  EXPECT_TRUE(fs::exists(file.paths().sidecar));
}

TEST(OutputFile, WhatKilledSavesHaveLeftIsRemovedByTheNextOwner) {
  const fs::path output = test::test_dir() / "out.mp4";
  test::write_bytes(output.string() + ".json.part-AbCdEf", "half a sidecar");
  test::write_bytes(output.string() + ".state.part-AbCdEf", "half a state");
  test::write_bytes(output.string() + ".state", "a state");
  { const OutputFile file(output, false); }
  EXPECT_EQ(names_in(output.parent_path()), std::vector<std::string>{"out.mp4.state"});
}

TEST(OutputFile, LeftoversOfAFinishedOutputAreRemovedUnlessSomebodyWorksOnIt) {
  const fs::path output = test::test_dir() / "out.mp4";
  test::write_bytes(output, "pictures");
  test::write_bytes(output.string() + ".state", "of an older version");
  test::write_bytes(output.string() + ".part", "of another process");
  remove_leftovers(output);
  EXPECT_TRUE(fs::exists(output.string() + ".state"));
  fs::remove(output.string() + ".part");
  remove_leftovers(output);
  EXPECT_EQ(names_in(output.parent_path()), std::vector<std::string>{"out.mp4"});
}

TEST(OutputFile, ANameThatIsTooLongIsAnErrorOfItsOwn) {
  const fs::path output = test::test_dir() / (std::string(300, 'x') + ".mp4");
  expect_error(
      ExitCode::failed, "File name too long", [&] { const OutputFile file(output, false); });
}

TEST(OutputFile, ANameThatIsTakenMeanwhileIsLeftAlone) {
  const fs::path output = test::test_dir() / "out.mp4";
  OutputFile file(output, false);
  test::write_bytes(file.part(), "new");
  test::write_bytes(output, "precious");
  expect_error(ExitCode::failed, "something got this name", [&] { file.commit(); });
  EXPECT_EQ(test::file_bytes(output), "precious");
  test::write_bytes(file.paths().sidecar, "precious");
  expect_error(ExitCode::usage, "out.mp4.json: stands where the sidecar goes", [&] {
    file.commit(RunReport{.plan_hash = "abc", .version = "1"});
  });
  EXPECT_EQ(test::file_bytes(file.paths().sidecar), "precious");
}

TEST(OutputFile, APartThatWasReplacedIsNotWritten) {
  const fs::path output = test::test_dir() / "out.mp4";
  OutputFile file(output, false);
  EXPECT_EQ(file.part(), output.string() + ".part");
  fs::remove(file.paths().part);
  expect_error(ExitCode::failed, "was replaced or removed", [&] { (void)file.part(); });
  fs::create_symlink("victim", file.paths().part);
  expect_error(ExitCode::failed, "was replaced or removed", [&] { (void)file.part(); });
}

}  // namespace
}  // namespace hyportrait
