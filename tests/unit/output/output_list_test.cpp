// SPDX-License-Identifier: Apache-2.0
#include "output/output_list.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

class OutputList : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
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
                                                     {"gone.mp4", ListedStatus::missing}};
  EXPECT_EQ(found, expected);
}

TEST_F(OutputList, AFolderThatIsNotThereIsAMistake) {
  test::expect_error(
      ExitCode::usage, "none: cannot be read", [&] { list_outputs(folder_ / "none"); });
}

}  // namespace
}  // namespace hyportrait
