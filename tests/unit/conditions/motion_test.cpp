// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion.h"

#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>
#include <numeric>

namespace hyportrait::conditions {
namespace {

nn::Bundle motion_bundle() {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle files(folder / "b");
  files.set_motion_modules();
  files.write();
  return nn::Bundle::open(files.folder());
}

/// A frame whose face crop is of one brightness.
MotionFrame frame_of(std::uint8_t brightness) {
  MotionFrame frame{Frame::black(16, 16), Frame::black(16, 16)};
  frame.face.pixels.assign(frame.face.pixels.size(), brightness);
  return frame;
}

class MotionEncoderTest : public ::testing::Test {
 protected:
  nn::Bundle bundle_ = motion_bundle();
  MotionEncoder encoder_{load_motion_encoders(bundle_, {}), bundle_.manifest().config.motion};

  /// The tokens [F,T,C] of what was pushed.
  torch::Tensor tokens(const std::vector<face::MotionIntensity>& intensities,
                       nn::Precision storage = nn::Precision::fp32) {
    const MotionTokens made = refine_motion(bundle_.load("motion_refiner", {}, nn::Precision::fp32),
                                            bundle_.manifest().config.motion,
                                            encoder_.finish(),
                                            intensities,
                                            storage);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(made.frames()));
    std::iota(indices.begin(), indices.end(), 0);
    return made.gather(indices, 0);
  }
};

TEST_F(MotionEncoderTest, TokensAreRefinerThenPose) {
  encoder_.push(frame_of(255));
  encoder_.push(frame_of(0));
  const torch::Tensor made = tokens({{0, 0}});
  ASSERT_EQ(made.sizes(), (std::vector<std::int64_t>{2, 2, 9}));
  // Brightness, bucket, frames; rotation; translation times translation_scale (0.5).
  const torch::Tensor expected =
      torch::tensor({1.0F, 0.0F, 2.0F, 1.0F, 2.0F, 3.0F, 2.0F, 2.5F, 3.0F});
  EXPECT_TRUE(torch::allclose(made[0][0], expected));
  EXPECT_TRUE(torch::allclose(made[0][1], expected));
  EXPECT_FLOAT_EQ(made[1][0][0].item<float>(), 0.0F);
}

TEST_F(MotionEncoderTest, FramesOfABatchShareItsIntensity) {
  for (int i = 0; i < 7; ++i) {  // bucket_frames is 3: batches of 3, 3 and 1
    encoder_.push(frame_of(0));
  }
  const torch::Tensor seen = tokens({{0, 0}, {34, 0}, {0, 0}}).select(1, 0);
  EXPECT_TRUE(
      torch::equal(seen.select(1, 1), torch::tensor({0, 0, 0, 34, 34, 34, 0}).to(torch::kFloat)));
  EXPECT_TRUE(
      torch::equal(seen.select(1, 2), torch::tensor({3, 3, 3, 3, 3, 3, 1}).to(torch::kFloat)));
}

TEST_F(MotionEncoderTest, TokensAreKeptInTheJobsPrecision) {
  encoder_.push(frame_of(0));
  EXPECT_EQ(tokens({{0, 0}}, nn::Precision::fp16).scalar_type(), torch::kHalf);
}

TEST_F(MotionEncoderTest, GivesArraysThatCanBeChanged) {
  encoder_.push(frame_of(255));
  EncodedMotion motion = encoder_.finish();
  EXPECT_NO_THROW(motion.head_pose.add_(1.0));
  EXPECT_EQ(motion.expression.size(0), 1);
  encoder_.push(frame_of(0));
  EXPECT_EQ(encoder_.finish().expression.size(0), 1) << "a call gives what came since the last";
}

}  // namespace
}  // namespace hyportrait::conditions
