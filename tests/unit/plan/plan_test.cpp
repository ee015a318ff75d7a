// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include "plan/plan_facts.h"
#include "run/encode.h"
#include "run/rehearsal.h"
#include "run/state.h"
#include "support/expect_error.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>
#include <fstream>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

/// One clip and one bundle for all tests: 30 frames of 192x160 at 30 a second, with sound.
class PlanTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    common_ = fs::temp_directory_path() / ("hyportrait-plan-" + std::to_string(::getpid()));
    fs::create_directories(common_);
    test::make_clip(common_ / "clip.mp4", {.sound = true});
    test::ScriptBundle(common_ / "bundle").write();
  }
  static void TearDownTestSuite() { fs::remove_all(common_); }

  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    bundle_ = nn::Bundle::open(common_ / "bundle");
    options_.face.ref = folder_ / "face.png";
    options_.face.drive = common_ / "clip.mp4";
    options_.output = folder_ / "out.mp4";
    options_.device = "cpu";
    std::ofstream(options_.face.ref) << "never decoded here";
  }
  Plan plan() const { return resolve(options_, *bundle_, Frame::black(121, 90)); }

  static fs::path common_;
  fs::path folder_;
  std::optional<nn::Bundle> bundle_;
  AnimateOptions options_;
};
fs::path PlanTest::common_;

TEST_F(PlanTest, WishesComeBeforeThePresetAndThePresetBeforeTheBundle) {
  EXPECT_EQ(plan().config.sampler.steps, 3);
  options_.preset = PresetKind::draft;
  EXPECT_EQ(plan().config.sampler.steps, 1);
  EXPECT_DOUBLE_EQ(plan().config.guidance.until, 1.0 / 3);
  options_.steps = 7;
  options_.guidance_until = 0.5;
  options_.motion_guidance = GuidanceScale{1.0, 3.0};
  options_.size = 128;
  options_.window = 6;
  options_.padding = 1;
  options_.decode_chunk = 2;
  const Plan resolved = plan();
  EXPECT_EQ(resolved.config.sampler.steps, 7);
  EXPECT_DOUBLE_EQ(resolved.config.guidance.until, 0.5);
  EXPECT_DOUBLE_EQ(resolved.config.guidance.motion.max, 3.0);
  EXPECT_DOUBLE_EQ(resolved.config.guidance.appearance.max, 2.0);
  EXPECT_EQ(resolved.config.image_size, 128);
  EXPECT_EQ(resolved.config.window.frames, 6);
  EXPECT_EQ(resolved.config.window.padding, 1);
  EXPECT_EQ(resolved.config.decode_chunk, 2);
  options_.window = 1;  // the bundle's overlap of 1 no longer fits
  expect_error(ExitCode::usage, "an overlap of 1 frames does not fit", [&] { plan(); });
}

TEST_F(PlanTest, FramesAndPictureAreThoseOfTheInputs) {
  Plan resolved = plan();
  EXPECT_EQ(resolved.frames_expected, 30);
  EXPECT_EQ(resolved.picture, (PixelSize{121, 90}));
  EXPECT_EQ(resolved.output, folder_ / "out.mp4");
  options_.start_seconds = 0.5;
  options_.max_frames = 4;
  options_.crop_only = true;
  resolved = plan();
  EXPECT_EQ(resolved.frames_expected, 4);
  EXPECT_EQ(resolved.picture, (PixelSize{64, 64}));
  options_.max_frames = std::nullopt;
  EXPECT_EQ(plan().frames_expected, 15);
  options_.side_by_side = true;
  EXPECT_EQ(plan().picture, (PixelSize{86 + 77 + 64, 64}));
  const RunPlan facts = facts_of(plan(), *bundle_);
  EXPECT_EQ(facts.clip.size, (PixelSize{192, 160}));
  EXPECT_TRUE(facts.clip.has_audio);
  EXPECT_EQ(facts.memory.budget_bytes, std::nullopt);
}

TEST_F(PlanTest, CompatOriginalUndoesTheDefaults) {
  options_.compat = CompatKind::original;
  const AnimateOptions resolved = plan().options;
  EXPECT_EQ(resolved.audio, AudioKind::none);
  EXPECT_EQ(resolved.face.no_face, NoFacePolicy::error);
  EXPECT_EQ(resolved.blend, BlendKind::original);
  EXPECT_FALSE(resolved.colour_match);
  EXPECT_EQ(resolved.fps, (Rational{30, 1}));
}

TEST_F(PlanTest, OutputsThatCannotBeAreRefused) {
  const auto refused = [&](ExitCode code, const std::string& part, const fs::path& output) {
    options_.output = output;
    expect_error(code, part, [&] { plan(); });
  };
  refused(ExitCode::usage, "is a folder", folder_);
  refused(ExitCode::usage, "would replace an input", options_.face.drive);
  refused(ExitCode::failed, "there is no such folder", folder_ / "none" / "out.mp4");
  refused(ExitCode::usage, "the name's ending chooses", folder_ / "out.avi");
  options_.codec = "h264";
  refused(ExitCode::usage, "cannot carry h264", folder_ / "out.webm");
  std::ofstream(folder_ / "taken.mp4") << "precious";
  refused(ExitCode::usage, "exists already", folder_ / "taken.mp4");
  options_.overwrite = true;
  EXPECT_NO_THROW(plan());
}

TEST_F(PlanTest, FramesOfAnotherRunAreNotMixedWithThese) {
  options_.frames_dir = folder_ / "frames";
  fs::create_directories(options_.frames_dir);
  FileHashes hashes;
  const auto rehearsed = [&] { rehearse(plan(), plan_hash(options_, *bundle_, hashes)); };
  EXPECT_NO_THROW(rehearsed());
  std::ofstream(options_.frames_dir / "000000.png") << "a frame";
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
  const auto cut_off_at = [&](int step) {
    const Plan resolved = plan();
    StateFile(output_paths(resolved.output),
              {.latents_hash = plan_hash(options_, *bundle_, hashes).latents,
               .device = resolved.device,
               .precision = resolved.precision,
               .frames_dir = options_.frames_dir},
              0.0)
        .save({.latents = torch::zeros({1}), .step = step});
  };
  cut_off_at(2);  // of 3: no frame was written yet
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
  cut_off_at(3);
  EXPECT_NO_THROW(rehearsed());
  options_.codec = "hevc";  // a mended option of the output
  EXPECT_NO_THROW(rehearsed());
  options_.seed = 5;
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
}

TEST_F(PlanTest, WhatTheOutputNeedsIsTried) {
  FileHashes hashes;
  const auto refused = [&](ExitCode code, const std::string& part) {
    expect_error(code, part, [&] { rehearse(plan(), plan_hash(options_, *bundle_, hashes)); });
  };
  options_.codec = "mjpeg";
  refused(ExitCode::usage, "the encoder mjpeg does not start");
  options_.codec = "prores";
  options_.crf = 5;
  options_.output = folder_ / "out.mov";
  refused(ExitCode::usage, "has no such setting");
  options_.crf = std::nullopt;
  options_.noise = folder_ / "none.safetensors";
  refused(ExitCode::input, "none.safetensors");
  options_.noise.clear();
  EXPECT_NO_THROW(rehearse(plan(), plan_hash(options_, *bundle_, hashes)));
  EXPECT_FALSE(fs::exists(folder_ / "out.mov"));
}

TEST_F(PlanTest, ABoxIsHeldAgainstItsPicture) {
  options_.face.drive_box = PixelBox{0, 0, 1'000'000, 1'000'000};
  expect_error(
      ExitCode::usage, {"--drive-box 0,0,1e+06,1e+06", "clip.mp4", "192x160"}, [&] { plan(); });
  options_.face.drive_box = PixelBox{-10, 100, 100, 80};  // a head at the edge
  EXPECT_NO_THROW(plan());
  options_.face.ref_box = PixelBox{130, 10, 50, 50};
  expect_error(ExitCode::usage, {"--ref-box 130,10,50,50", "121x90"}, [&] { plan(); });
}

TEST_F(PlanTest, TheKeyOfWhatIsEncodedHoldsAllThatDecidesIt) {
  FileHashes hashes;
  const auto keys = [&] {
    const Plan resolved = plan();
    const PlanHash hash = plan_hash(options_, *bundle_, hashes);
    return std::pair(portrait_key(resolved, hash, *bundle_), clip_key(resolved, hash, *bundle_));
  };
  const auto before = keys();
  EXPECT_EQ(keys(), before);
  const auto changes = [&](bool portrait, bool clip, const auto& change) {
    const AnimateOptions kept = options_;
    change(options_);
    const auto now = keys();
    EXPECT_EQ(now.first != before.first, portrait);
    EXPECT_EQ(now.second != before.second, clip);
    options_ = kept;
  };
  changes(false, false, [](auto& o) { o.seed = 7; });
  changes(false, false, [](auto& o) { o.steps = 9; });
  changes(false, false, [](auto& o) { o.crop_only = true; });
  changes(true, false, [](auto& o) { o.face.ref_face.index = 0; });
  changes(true, false, [](auto& o) { o.face.ref_box = PixelBox{1, 2, 30, 40}; });
  changes(true, false, [](auto& o) { o.background = {1, 2, 3}; });
  changes(false, true, [](auto& o) { o.face.drive_face.index = 0; });
  changes(false, true, [](auto& o) { o.face.drive_box = PixelBox{1, 2, 30, 40}; });
  changes(false, true, [](auto& o) { o.face.no_face = NoFacePolicy::skip; });
  changes(false, true, [](auto& o) { o.start_seconds = 0.1; });
  changes(false, true, [](auto& o) { o.end_seconds = 0.5; });
  changes(false, true, [](auto& o) { o.max_frames = 3; });
  changes(false, true, [](auto& o) { o.fps = Rational{25, 1}; });
  changes(true, true, [](auto& o) { o.size = 128; });
  changes(true, true, [](auto& o) { o.dtype = "bf16"; });
  changes(true, true, [](auto& o) { o.compat = CompatKind::original; });
  std::ofstream(options_.face.ref) << "another portrait";
  EXPECT_NE(keys().first, before.first);
  EXPECT_EQ(keys().second, before.second);
}

}  // namespace
}  // namespace hyportrait::plan
