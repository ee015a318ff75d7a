// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include "plan/plan_facts.h"
#include "support/expect_error.h"
#include "unit/plan/plan_fixture.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::PlanTest;

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

TEST_F(PlanTest, TheSquareHasTheRequestedSize) {
  EXPECT_EQ(square_side(plan(), 80), 80);  // pasted: the portrait's
  options_.crop_only = true;
  EXPECT_EQ(square_side(plan(), 80), 64);
  options_.crop_size.kind = CropSize::Kind::native;
  EXPECT_EQ(square_side(plan(), 80), 80);
  EXPECT_EQ(picture_size(plan(), 80), (PixelSize{80, 80}));
  EXPECT_EQ(plan().picture, (PixelSize{90, 90}));  // until the face is found
  options_.crop_size = {.kind = CropSize::Kind::fixed, .px = 100};
  EXPECT_EQ(plan().picture, (PixelSize{100, 100}));
}

TEST_F(PlanTest, CompatOriginalUndoesTheDefaults) {
  options_.compat = CompatKind::original;
  const AnimateOptions resolved = plan().options;
  EXPECT_EQ(resolved.audio, AudioKind::none);
  EXPECT_EQ(resolved.face.no_face, NoFacePolicy::error);
  EXPECT_EQ(resolved.blend, BlendKind::original);
  EXPECT_EQ(resolved.detail, DetailKind::off);
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

TEST_F(PlanTest, ABoxIsHeldAgainstItsPicture) {
  options_.face.drive_box = PixelBox{0, 0, 1'000'000, 1'000'000};
  expect_error(
      ExitCode::usage, {"--drive-box 0,0,1e+06,1e+06", "clip.mp4", "192x160"}, [&] { plan(); });
  options_.face.drive_box = PixelBox{-10, 100, 100, 80};  // a head at the edge
  EXPECT_NO_THROW(plan());
  options_.face.ref_box = PixelBox{130, 10, 50, 50};
  expect_error(ExitCode::usage, {"--ref-box 130,10,50,50", "121x90"}, [&] { plan(); });
}

}  // namespace
}  // namespace hyportrait::plan
