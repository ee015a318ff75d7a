// SPDX-License-Identifier: Apache-2.0
#include "options/animate_options.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <limits>

namespace hyportrait {
namespace {

using test::expect_error;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const OptionSpec<AnimateOptions>& spec(const std::string& name) {
  for (const OptionSpec<AnimateOptions>& candidate : animate_option_specs()) {
    if (candidate.name == name) {
      return candidate;
    }
  }
  throw std::logic_error("no option " + name);
}

TEST(AnimateOptions, ConfigRoundTripKeepsEveryOption) {
  AnimateOptions options;
  options.face.ref = "/a/face.png";
  options.face.drive = "/a/clip.mp4";
  options.steps = 7;
  options.appearance_guidance = GuidanceScale{1.0, 3.0};
  options.motion_guidance = GuidanceScale{2.5, 2.5};
  options.face.ref_box = PixelBox{1, 2, 3.5, 4};
  options.face.drive_face.index = 1;
  options.start_seconds = 1.25;
  options.fps = Rational{30000, 1001};
  options.face.no_face = NoFacePolicy::skip;
  options.side_by_side = true;
  options.colour_match = false;
  options.crop_only = true;
  options.crop_size = {.kind = CropSize::Kind::fixed, .px = 700};
  options.detail = DetailKind::off;
  options.detail_strength = 0.5;
  options.background = {1, 2, 3};
  options.memory_budget = MemorySize{std::uint64_t{8} << 30};
  const nlohmann::ordered_json config = to_config(options);
  AnimateOptions again;
  apply_config(again, nlohmann::json::parse(config.dump()), "job.json", "/a");
  EXPECT_EQ(to_config(again).dump(), config.dump());
  EXPECT_EQ(again.face.no_face, NoFacePolicy::skip);
  EXPECT_DOUBLE_EQ(again.appearance_guidance->last, 3.0);
  EXPECT_EQ(again.fps->den, 1001);
  EXPECT_EQ(again.crop_size.px, 700);
  EXPECT_EQ(again.detail, DetailKind::off);
  EXPECT_EQ(config.at("memory-budget"), "8G");
}

TEST(AnimateOptions, UnknownConfigKeyIsRefusedWithASuggestion) {
  AnimateOptions options;
  expect_error(ExitCode::usage, "did you mean 'overlap'?", [&] {
    apply_config(options, {{"overlp", 3}}, "job.json", "");
  });
  expect_error(ExitCode::usage, "'steps': expected an integer", [&] {
    apply_config(options, {{"steps", "many"}}, "job.json", "");
  });
  expect_error(ExitCode::usage, "'overwrite': expected true or false", [&] {
    apply_config(options, {{"overwrite", 1}}, "job.json", "");
  });
}

TEST(AnimateOptions, ConfigPathsAreRelativeToTheFile) {
  AnimateOptions options;
  apply_config(options, {{"ref", "face.png"}, {"max_frames", 4}}, "job.json", "/jobs");
  EXPECT_EQ(options.face.ref, "/jobs/face.png");
  EXPECT_EQ(options.max_frames, 4);
}

TEST(AnimateOptions, BadValuesNameTheFlagAndWhatIsAllowed) {
  AnimateOptions options;
  expect_error(ExitCode::usage, "--size 100: expected a multiple of 64", [&] {
    set_option(options, spec("size"), "100");
  });
  expect_error(ExitCode::usage, "expected hold|interpolate|skip|error", [&] {
    set_option(options, spec("no-face"), "wait");
  });
  expect_error(
      ExitCode::usage, "--device gpu", [&] { set_option(options, spec("device"), "gpu"); });
  set_option(options, spec("device"), "cuda:1");
  EXPECT_EQ(options.device, "cuda:1");
}

TEST(AnimateOptions, GuidanceSetsBothScales) {
  AnimateOptions options;
  set_option(options, spec("guidance"), "1:3");
  EXPECT_DOUBLE_EQ(options.appearance_guidance->first, 1.0);
  EXPECT_DOUBLE_EQ(options.motion_guidance->last, 3.0);
}

TEST(AnimateOptions, ContradictionsAreRefused) {
  AnimateOptions options;
  expect_error(ExitCode::usage, "--ref FILE", [&] { validate(options); });
  options.face.ref = "a";
  options.face.drive = "b";
  options.start_seconds = 2.0;
  options.end_seconds = 2.0;
  expect_error(ExitCode::usage, "--end must come after --start", [&] { validate(options); });
}

/// Options that pass validate(), for a test to spoil.
AnimateOptions good_options() {
  AnimateOptions options;
  options.face.ref = "a";
  options.face.drive = "b";
  return options;
}

TEST(AnimateOptions, WhatAnEmbedderSetsIsHeldAgainstTheSameRanges) {
  const auto refused = [](const std::string& name, const auto& spoil) {
    AnimateOptions options = good_options();
    spoil(options);
    expect_error(ExitCode::usage, "--" + name + " ", [&] { validate(options); });
  };
  EXPECT_NO_THROW(validate(good_options()));
  refused("decode-chunk", [](auto& o) { o.decode_chunk = 0; });
  refused("overlap", [](auto& o) { o.overlap = -1; });
  refused("window", [](auto& o) { o.window = 0; });
  refused("steps", [](auto& o) { o.steps = 0; });
  refused("shift", [](auto& o) { o.shift = -1; });
  refused("padding", [](auto& o) { o.padding = 1025; });
  refused("size", [](auto& o) { o.size = 100; });
  refused("crf", [](auto& o) { o.crf = 64; });
  refused("seed", [](auto& o) { o.seed = std::numeric_limits<std::uint64_t>::max(); });
  refused("max-frames", [](auto& o) { o.max_frames = 0; });
  refused("start", [](auto& o) { o.start_seconds = -1.0; });
  refused("end", [](auto& o) { o.end_seconds = kNan; });
  refused("fps", [](auto& o) { o.fps = Rational{25, 0}; });
  refused("motion-guidance", [](auto& o) { o.motion_guidance = GuidanceScale{1.0, kNan}; });
  refused("appearance-guidance", [](auto& o) { o.appearance_guidance = GuidanceScale{-1.0, 1.0}; });
  refused("guidance-until", [](auto& o) { o.guidance_until = 1.5; });
  refused("memory-budget", [](auto& o) { o.memory_budget = MemorySize{0}; });
  refused("save-interval", [](auto& o) { o.save_interval_seconds = -1.0; });
  refused("device", [](auto& o) { o.device = "gpu"; });
  refused("dtype", [](auto& o) { o.dtype = "fp8"; });
  refused("engine", [](auto& o) { o.engine = static_cast<EngineKind>(7); });
  refused("preset", [](auto& o) { o.preset = static_cast<PresetKind>(-1); });
  refused("no-face", [](auto& o) { o.face.no_face = static_cast<NoFacePolicy>(4); });
  refused("ref-box", [](auto& o) { o.face.ref_box = PixelBox{0, 0, 0, 10}; });
  refused("drive-box", [](auto& o) { o.face.drive_box = PixelBox{kNan, 0, 10, 10}; });
  refused("ref-face", [](auto& o) { o.face.ref_face.index = -1; });
  refused("drive-face", [](auto& o) {
    o.face.drive_face = {.index = 1, .point = PixelPoint{2, 3}};
  });
  refused("codec", [](auto& o) { o.codec = ""; });
  refused("noise", [](auto& o) { o.noise = std::string("a\0b", 3); });
}

TEST(AnimateOptions, HelpStatesTheDefaultOfTheStruct) {
  EXPECT_EQ(spec("seed").help_text(),
            "Seed of the initial noise; the same on every device [72580]");
  EXPECT_EQ(spec("fps").help_text(),
            "Frame rate of the result: the clip's own time stamps, or N [source]");
  EXPECT_EQ(spec("steps").help_text(), "Sampler steps");
  EXPECT_TRUE(spec("crf").help_text().ends_with("[17 for h264]"));
}

}  // namespace
}  // namespace hyportrait
