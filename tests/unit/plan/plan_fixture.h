// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/plan.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace hyportrait::test {

/// One clip and one bundle for all tests: 30 frames of 192x160 at 30 a second, with sound.
class PlanTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    common_ =
        std::filesystem::temp_directory_path() / ("hyportrait-plan-" + std::to_string(::getpid()));
    std::filesystem::create_directories(common_);
    make_clip(common_ / "clip.mp4", {.sound = true});
    ScriptBundle(common_ / "bundle").write();
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(common_); }

  void SetUp() override {
    folder_ = test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    bundle_ = nn::Bundle::open(common_ / "bundle");
    options_.face.ref = folder_ / "face.png";
    options_.face.drive = common_ / "clip.mp4";
    options_.output = folder_ / "out.mp4";
    options_.device = "cpu";
    std::ofstream(options_.face.ref) << "never decoded here";
  }
  plan::Plan plan() const { return plan::resolve(options_, *bundle_, Frame::black(121, 90)); }

  static inline std::filesystem::path common_;
  std::filesystem::path folder_;
  std::optional<nn::Bundle> bundle_;
  AnimateOptions options_;
};

}  // namespace hyportrait::test
