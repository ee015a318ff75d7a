// SPDX-License-Identifier: Apache-2.0
#include "output/output_list.h"

#include "base/sha256.h"
#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

class OutputList : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    fs::create_directories(folder_ / "deep");
  }
  [[nodiscard]] OutputPaths paths(const std::string& name) const {
    return output_paths(folder_ / name);
  }
  static void write(const fs::path& path) { std::ofstream(path) << "content"; }

  fs::path folder_;
};

TEST_F(OutputList, TellsWhatStandsByItsFiles) {
  write_sidecar(paths("done.mp4"), RunReport{.plan_hash = "a"});
  write(paths("done.mp4").output);
  write_sidecar(paths("gone.mp4"), RunReport{.plan_hash = "a"});
  write_sidecar(paths("cut.mp4"), RunReport{.plan_hash = "a"});
  write(paths("cut.mp4").output);
  write(paths("cut.mp4").part);
  write_sidecar(paths("deep/bad.mp4"),
                FailedRun{.options = {}, .error = "no face", .exit_code = 3});
  write(paths("begun.mp4").state);
  write(paths("other.mp4").sidecar);
  std::map<std::string, ListedStatus> found;
  for (const ListedOutput& listed : list_outputs(folder_)) {
    found[listed.output.string()] = listed.status;
  }
  const std::map<std::string, ListedStatus> expected{{"begun.mp4", ListedStatus::unfinished},
                                                     {"cut.mp4", ListedStatus::missing},
                                                     {"deep/bad.mp4", ListedStatus::failed},
                                                     {"done.mp4", ListedStatus::done},
                                                     {"gone.mp4", ListedStatus::missing},
                                                     {"other.mp4", ListedStatus::unreadable}};
  EXPECT_EQ(found, expected);
}

TEST_F(OutputList, AnOutputIsHeldAgainstWhatWasWritten) {
  const auto status_of = [&](const std::string& text) {
    std::ofstream(paths("a.mp4").output) << text;
    return list_outputs(folder_).at(0);
  };
  write_sidecar(paths("a.mp4"),
                RunReport{.plan_hash = "a", .written = {.bytes = 7, .sha256 = sha256("content")}});
  EXPECT_EQ(status_of("content").status, ListedStatus::done);
  EXPECT_EQ(status_of("").status, ListedStatus::damaged);
  EXPECT_EQ(status_of("con").why, "the output has 3 bytes, and 7 were written");
  EXPECT_EQ(status_of("content and more").status, ListedStatus::damaged);
  EXPECT_EQ(status_of("CONTENT").status, ListedStatus::damaged);
  write(paths("a.mp4").part);
  EXPECT_EQ(status_of("older").status, ListedStatus::missing);
  EXPECT_EQ(status_of("content").status, ListedStatus::done);  // and a download beside it
}

TEST_F(OutputList, WhatCannotBeReadAsASidecarIsListed) {
  std::ofstream(paths("cut.mp4").sidecar) << "{\"format\": 1, ";
  std::ofstream(paths("foreign.webm").sidecar) << "{}";
  ASSERT_EQ(::mkfifo(paths("pipe.MKV").sidecar.c_str(), 0600), 0);
  fs::create_directory(paths("folder.mov").sidecar);
  fs::create_symlink("nowhere", paths("link.mp4").sidecar);
  std::ofstream(folder_ / "package.json") << "{";
  const std::vector<ListedOutput> outputs = list_outputs(folder_);
  ASSERT_EQ(outputs.size(), 5U);
  for (const ListedOutput& listed : outputs) {
    EXPECT_EQ(listed.status, ListedStatus::unreadable) << listed.output;
    EXPECT_NE(listed.why, "");
    EXPECT_TRUE(is_failure(listed.status));
  }
}

TEST_F(OutputList, AFolderThatIsNotThereIsAMistake) {
  test::expect_error(
      ExitCode::usage, "none: cannot be read", [&] { list_outputs(folder_ / "none"); });
}

}  // namespace
}  // namespace hyportrait
