// SPDX-License-Identifier: Apache-2.0
#include "output/targets.h"

#include "base/safetensors.h"
#include "output/sidecar.h"
#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

class Targets : public ::testing::Test {
 protected:
  void SetUp() override { paths_ = output_paths(test::test_dir() / "out.mp4"); }
  static void write(const fs::path& path, const std::string& text = "precious") {
    std::ofstream(path) << text;
  }
  void refused(const std::string& part, bool overwrite = false) const {
    test::expect_error(ExitCode::usage, part, [&] { check_targets(paths_, overwrite); });
  }
  void refused_always(const std::string& part) const {
    refused(part, false);
    refused(part, true);
  }

  OutputPaths paths_;
};

TEST_F(Targets, NamesThatAreFreeOrOursAreFine) {
  EXPECT_NO_THROW(check_targets(paths_, false));
  write(paths_.part, "");
  write_sidecar(
      paths_, RunReport{.plan_hash = "a", .version = "1", .written = {.bytes = 4, .sha256 = "b"}});
  EXPECT_NO_THROW(check_targets(paths_, false));
  write(paths_.part, "4444");  // of a run that was killed before it got its name
  EXPECT_NO_THROW(check_targets(paths_, false));
  write(paths_.part, "a download");
  refused("out.mp4.part: stands where the output is written");
  fs::remove(paths_.sidecar);
  refused("out.mp4.part: stands where the output is written");
  write_safetensors(paths_.state, {}, {{"latents_hash", "abc"}});
  EXPECT_NO_THROW(check_targets(paths_, false));
}

TEST_F(Targets, WhatOthersHavePutThereIsReplacedOnlyWhenAsked) {
  for (const fs::path& path : {paths_.output, paths_.sidecar, paths_.part}) {
    write(path);
    refused(path.filename().string() + ": ");
    EXPECT_NO_THROW(check_targets(paths_, true));
    fs::remove(path);
  }
  for (const fs::path& path : {paths_.output, paths_.sidecar}) {
    fs::create_symlink("nowhere", path);
    EXPECT_TRUE(is_taken(path));
    refused(path.filename().string() + ": ");
    EXPECT_NO_THROW(check_targets(paths_, true));
    fs::remove(path);
  }
}

TEST_F(Targets, LinksFoldersAndPipesAreNeverWrittenThrough) {
  for (const fs::path& path : {paths_.part, paths_.state, paths_.state_aside}) {
    fs::create_symlink("nowhere", path);
    refused_always("is a link");
    fs::remove(path);
  }
  for (const fs::path& path : {paths_.output, paths_.sidecar, paths_.part, paths_.state}) {
    fs::create_directory(path);
    refused_always("is a folder");
    fs::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    refused_always("is not an ordinary file");
    fs::remove(path);
  }
}

TEST_F(Targets, TheLongestNameLeavesRoomForWhatIsAdded) {
  const fs::path folder = paths_.output.parent_path();
  paths_ = output_paths(folder / std::string(237, 'x'));
  EXPECT_NO_THROW(check_targets(paths_, false));
  write_safetensors(paths_.state, {}, {});  // the longest of all names on the way
  for (const std::size_t size : {238U, 255U, 300U}) {
    paths_ = output_paths(folder / std::string(size, 'x'));
    refused_always("there is room for 237");
  }
  fs::path deep = folder;
  while (deep.string().size() < 4200) {
    deep /= std::string(200, 'd');
  }
  paths_ = output_paths(deep / "out.mp4");
  test::expect_error(
      ExitCode::failed, "there is no such folder", [&] { check_targets(paths_, false); });
}

}  // namespace
}  // namespace hyportrait
