// SPDX-License-Identifier: Apache-2.0
#include "run/motion.h"

#include "nn/bundle.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>

namespace hyportrait::run {
namespace {

using test::expect_error;

constexpr int kSide = 100;  // px

/// A frame of one brightness, 0.1 s long: the scripted expression network gives that brightness, so
/// a token says which frame it was made of.
Frame frame_of(int number) {
  Frame frame = Frame::black(kSide, kSide);
  frame.pixels.assign(frame.pixels.size(), static_cast<std::uint8_t>(10 * (number + 1)));
  frame.pts_seconds = 0.1 * number;
  frame.duration_seconds = 0.1;
  return frame;
}

face::Face face_in_the_middle() {
  return {.box = {30, 30, 70, 70},
          .score = 0.9,
          .landmarks = {{{40, 45}, {60, 45}, {50, 55}, {43, 62}, {57, 62}}}};
}

class EncodeMotion : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
    test::ScriptBundle files(folder / "b");
    files.set_motion_modules();
    files.write();
    bundle_ = nn::Bundle::open(files.folder());
  }

  /// A clip with a frame for each letter: 'f' has a face, '.' has none.
  DrivingMotion motion_of(const std::string& clip, NoFacePolicy no_face) {
    const nn::BundleConfig& config = bundle_->manifest().config;
    const RunHooks hooks;
    Reporter reporter(hooks, "motion", 0);
    int given = 0;
    int seen = 0;
    return encode_motion(
        [&]() -> std::optional<Frame> {
          return given < static_cast<int>(clip.size()) ? std::optional(frame_of(given++))
                                                       : std::nullopt;
        },
        [&](const Frame&) {
          return clip.at(static_cast<std::size_t>(seen++)) == 'f'
                     ? std::vector<face::Face>{face_in_the_middle()}
                     : std::vector<face::Face>{};
        },
        {.name = "clip.mp4", .track = {.selector = selector_}, .no_face = no_face},
        config,
        conditions::load_motion_encoders(*bundle_, {}),
        reporter);
  }

  /// The number of the frame that each expression was read from.
  static std::vector<double> made_of(const DrivingMotion& driving) {
    const torch::Tensor brightness = driving.motion.expression.select(1, 0);
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < brightness.size(0); ++i) {
      numbers.push_back(std::round(brightness[i].item<double>() * 25.5 * 10.0) / 10.0 - 1.0);
    }
    return numbers;
  }

  static std::vector<double> times_of(const DrivingMotion& driving) {
    std::vector<double> times;
    for (const motion::FrameTime& time : driving.motion.times) {
      times.push_back(std::round(time.pts_seconds * 10.0));
    }
    return times;
  }

  std::optional<nn::Bundle> bundle_;
  FaceSelector selector_;
};

TEST_F(EncodeMotion, HoldRepeatsTheLastFaceAndTheFirstBeforeThat) {
  const DrivingMotion motion = motion_of("..f.ff.", NoFacePolicy::hold);
  EXPECT_EQ(made_of(motion), (std::vector<double>{2, 2, 2, 2, 4, 5, 5}));
  EXPECT_EQ(times_of(motion), (std::vector<double>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(motion.written, std::vector<bool>(7, true));
  EXPECT_EQ(motion.motion.landmarks.size(), 7U);
  EXPECT_EQ(motion.motion.detected,
            (std::vector<bool>{false, false, true, false, true, true, false}));
  EXPECT_TRUE(motion.dropped.empty());
  EXPECT_EQ(motion.frames_without_face, 4);
  ASSERT_EQ(motion.warnings.size(), 1U);
  EXPECT_EQ(motion.warnings[0], "clip.mp4: no face in frames 0-1, 3, 6 (4 in all), filled in");
}

TEST_F(EncodeMotion, InterpolateDrawsALineBetweenKnownFrames) {
  const DrivingMotion motion = motion_of(".f...f.", NoFacePolicy::interpolate);
  EXPECT_EQ(made_of(motion), (std::vector<double>{1, 1, 2, 3, 4, 5, 5}));
  EXPECT_EQ(motion.written, std::vector<bool>(7, true));
}

TEST_F(EncodeMotion, SkipLeavesFramesAndTheirTimeOut) {
  const DrivingMotion motion = motion_of(".ff..f", NoFacePolicy::skip);
  EXPECT_EQ(made_of(motion), (std::vector<double>{1, 2, 5}));
  EXPECT_EQ(motion.written, (std::vector<bool>{false, true, true, false, false, true}));
  EXPECT_EQ(times_of(motion), (std::vector<double>{0, 1, 2}));
  ASSERT_EQ(motion.dropped.size(), 3U);
  EXPECT_NEAR(motion.dropped[1].start_seconds, 0.3, 1e-9);
  EXPECT_NEAR(motion.dropped[1].end_seconds, 0.4, 1e-9);
  EXPECT_TRUE(motion.warnings.at(0).ends_with("(3 in all), left out"));
}

TEST_F(EncodeMotion, ErrorEndsAtTheFirstFrameWithout) {
  expect_error(ExitCode::input, "clip.mp4: no face in frame 2 (0.20 s)", [&] {
    motion_of("ff.f", NoFacePolicy::error);
  });
  EXPECT_TRUE(motion_of("ff", NoFacePolicy::error).warnings.empty());
}

TEST_F(EncodeMotion, AClipWithoutAnyFaceIsAnErrorUnderEachPolicy) {
  for (const NoFacePolicy policy :
       {NoFacePolicy::hold, NoFacePolicy::interpolate, NoFacePolicy::skip}) {
    expect_error(
        ExitCode::input, "no face in any of its 3 frames", [&] { motion_of("...", policy); });
  }
}

TEST_F(EncodeMotion, AFaceThatIsNotThereIsNotACallForCroppingCloser) {
  selector_.index = 2;
  expect_error(ExitCode::input, "a frame has at most 1 face, number 0", [&] {
    motion_of("ff.", NoFacePolicy::hold);
  });
}

}  // namespace
}  // namespace hyportrait::run
