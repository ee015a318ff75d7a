// SPDX-License-Identifier: Apache-2.0
#include "core/animate_options.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait {
namespace {

using test::expect_error;

const OptionSpec& spec(const std::string& name) {
  for (const OptionSpec& candidate : animate_option_specs()) {
    if (candidate.name == name) {
      return candidate;
    }
  }
  throw std::logic_error("no option " + name);
}

TEST(AnimateOptions, ConfigRoundTripKeepsEveryOption) {
  AnimateOptions options;
  options.ref = "/a/face.png";
  options.drive = "/a/clip.mp4";
  options.steps = 7;
  options.appearance_guidance = GuidanceScale{1.0, 3.0};
  options.motion_guidance = GuidanceScale{2.5, 2.5};
  options.ref_box = PixelBox{1, 2, 3.5, 4};
  options.drive_face.index = 1;
  options.start_seconds = 1.25;
  options.fps = FrameRate{30000, 1001};
  options.no_face = NoFacePolicy::skip;
  options.side_by_side = true;
  options.colour_match = false;
  options.background = {1, 2, 3};
  options.memory_budget = MemorySize{std::uint64_t{8} << 30};
  const nlohmann::ordered_json config = to_config(options);
  AnimateOptions again;
  apply_config(again, nlohmann::json::parse(config.dump()), "job.json", "/a");
  EXPECT_EQ(to_config(again).dump(), config.dump());
  EXPECT_EQ(again.no_face, NoFacePolicy::skip);
  EXPECT_DOUBLE_EQ(again.appearance_guidance->last, 3.0);
  EXPECT_EQ(again.fps->denominator, 1001);
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
  EXPECT_EQ(options.ref, "/jobs/face.png");
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
  options.ref = "a";
  options.drive = "b";
  options.start_seconds = 2.0;
  options.end_seconds = 2.0;
  expect_error(ExitCode::usage, "--end must come after --start", [&] { validate(options); });
}

}  // namespace
}  // namespace hyportrait
