// SPDX-License-Identifier: Apache-2.0
#include "pipeline/plan_hash.h"

#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace hyportrait::pipeline {
namespace {

namespace fs = std::filesystem;

class PlanHashTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    test::ScriptBundle files(folder_ / "bundle");
    files.write();
    options_.face.ref = folder_ / "face.png";
    options_.face.drive = folder_ / "clip.mp4";
    std::ofstream(options_.face.ref) << "face";
    std::ofstream(options_.face.drive) << "clip";
  }
  [[nodiscard]] PlanHash hash() const {
    nn::FileHashes hashes;
    return plan_hash(options_, nn::Bundle::open(folder_ / "bundle"), hashes);
  }

  fs::path folder_;
  AnimateOptions options_;
};

TEST_F(PlanHashTest, NamesAndPlacesDoNotCount) {
  const PlanHash before = hash();
  fs::rename(options_.face.ref, folder_ / "other.png");
  options_.face.ref = folder_ / "other.png";
  options_.output = "elsewhere.mp4";
  options_.overwrite = true;
  options_.save_interval_seconds = 1.0;
  options_.device = "cpu";
  options_.memory_budget = MemorySize{1};
  EXPECT_EQ(hash().whole, before.whole);
  options_.output = "elsewhere.mkv";
  EXPECT_NE(hash().whole, before.whole);
}

TEST_F(PlanHashTest, SaysWhatHasChanged) {
  const PlanHash before = hash();
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "");
  options_.steps = 3;
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the options");
  std::ofstream(options_.face.drive) << "another clip";
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the clip and the options");
  EXPECT_NE(hash().whole, before.whole);
  fs::remove(options_.face.ref);
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the portrait, the clip and the options");
  EXPECT_EQ(hash().parts.ref, "missing");
  EXPECT_EQ(changed_parts(std::nullopt, hash().parts),
            "the portrait, the clip, the noise, the bundle, the program's version and the options");
}

}  // namespace
}  // namespace hyportrait::pipeline
