// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_hash.h"

#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace hyportrait::plan {
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
    FileHashes hashes;
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

TEST_F(PlanHashTest, TheLatentsDoNotDependOnHowTheyAreShown) {
  const PlanHash before = hash();
  const auto latents_change = [&](const auto& change) {
    const AnimateOptions kept = options_;
    change(options_);
    const PlanHash now = hash();
    EXPECT_NE(now.whole, before.whole);
    options_ = kept;
    return now.latents != before.latents;
  };
  EXPECT_FALSE(latents_change([](auto& o) { o.codec = "hevc"; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.crf = 3; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.pixel_format = "yuv444p"; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.output = "a.mkv"; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.audio = AudioKind::none; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.crop_only = true; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.side_by_side = true; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.blend = BlendKind::original; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.colour_match = false; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.frames_dir = "frames"; }));
  EXPECT_FALSE(latents_change([](auto& o) { o.decode_chunk = 2; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.steps = 2; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.seed = 2; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.size = 128; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.start_seconds = 1.0; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.background = {1, 2, 3}; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.compat = CompatKind::original; }));
  EXPECT_TRUE(latents_change([](auto& o) { o.engine = EngineKind::compiled; }));
  std::ofstream(options_.face.drive) << "another clip";
  EXPECT_NE(hash().latents, before.latents);
}

TEST_F(PlanHashTest, SaysWhatHasChanged) {
  const PlanHash before = hash();
  EXPECT_EQ(changed_parts(before.parts, hash().parts),
            "the sidecar (its plan hash is not that of its parts)");
  options_.steps = 3;
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the options");
  std::ofstream(options_.face.drive) << "another clip";
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the clip and the options");
  EXPECT_NE(hash().whole, before.whole);
  fs::remove(options_.face.ref);
  EXPECT_EQ(changed_parts(before.parts, hash().parts), "the portrait, the clip and the options");
  EXPECT_EQ(hash().parts.ref, "missing");
  EXPECT_EQ(changed_parts(std::nullopt, hash().parts),
            "the portrait, the clip, the noise, the clip of the head pose, the bundle, the "
            "program's version and the options");
}

}  // namespace
}  // namespace hyportrait::plan
