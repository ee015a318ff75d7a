// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace hyportrait {
namespace {

TEST(AtomicFile, ReplacesTheWholeFileAndLeavesNothingBeside) {
  const auto dir = test::test_dir();
  write_file_atomically(dir / "a.json", "a longer first text");
  write_file_atomically(dir / "a.json", "second");
  EXPECT_EQ(test::file_bytes(dir / "a.json"), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), 1);
}

TEST(AtomicFile, AFullDiskAndALimitOnFilesSayWhatToDo) {
  for (const auto& [error, advice] : {std::pair(ENOSPC, "the disk is full; free some space"),
                                      std::pair(EDQUOT, "the disk is full; free some space"),
                                      std::pair(EFBIG, "ulimit -f"),
                                      std::pair(EROFS, "Read-only file system")}) {
    test::expect_error(ExitCode::failed, {"a.json: cannot be written: ", advice}, [error = error] {
      fail_to_write("a.json", error);
    });
  }
}

TEST(AtomicFile, AMissingFolderIsAnErrorThatNamesTheFile) {
  const auto path = test::test_dir() / "none" / "a.json";
  test::expect_error(ExitCode::failed, path.string(), [&] { write_file_atomically(path, "x"); });
}

TEST(AtomicFile, WhatKilledWritesLeftIsRemovedAndNothingElse) {
  const auto dir = test::test_dir();
  const std::vector<std::string> kept{
      "a.json", "a.json.backup", "a.json.part-", "b.json.part-AbCdEf"};
  for (const std::string& name : kept) {
    std::ofstream(dir / name) << "x";
  }
  std::ofstream(dir / "a.json.part-AbCdEf") << "x";
  remove_unfinished_writes(dir / "a.json");
  EXPECT_FALSE(std::filesystem::exists(dir / "a.json.part-AbCdEf"));
  for (const std::string& name : kept) {
    EXPECT_TRUE(std::filesystem::exists(dir / name)) << name;
  }
  remove_unfinished_writes(dir / "none" / "a.json");
}

TEST(AtomicFile, UnfinishedWritesOfOneKindAreRemovedFromAFolder) {
  const auto dir = test::test_dir();
  const std::vector<std::string> kept = {
      "000000.png", "a.json.part-AbCdEf", "b.png.part-AbC", "b.png.partial", "part-AbCdEf"};
  for (const std::string& name : kept) {
    std::ofstream(dir / name) << "x";
  }
  std::ofstream(dir / "000000.png.part-AbCdEf") << "x";
  std::ofstream(dir / "000010.png.part-XWuQub") << "x";
  remove_unfinished_writes_in(dir, ".png");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), kept.size());
  for (const std::string& name : kept) {
    EXPECT_TRUE(std::filesystem::exists(dir / name)) << name;
  }
  remove_unfinished_writes_in(dir / "none", ".png");
}

TEST(AtomicFile, AFolderInTheWayIsAnErrorAndLeavesNoTemporaryFile) {
  const auto dir = test::test_dir();
  std::filesystem::create_directories(dir / "taken" / "inside");
  test::expect_error(ExitCode::failed, "taken", [&] { write_file_atomically(dir / "taken", "x"); });
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), 1);
}

}  // namespace
}  // namespace hyportrait
