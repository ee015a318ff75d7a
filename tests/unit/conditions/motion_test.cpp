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

/// A frame whose face crop is of one brightness; landmarks shifted by `x` px.
MotionFrame frame_of(std::uint8_t brightness, double x, bool detected = true) {
  MotionFrame frame{Frame::black(16, 16), Frame::black(16, 16), {}, detected};
  frame.face.pixels.assign(frame.face.pixels.size(), brightness);
  frame.landmarks = {{{x, 0}, {x + 30, 0}, {x + 15, 20}, {x + 5, 40}, {x + 25, 40}}};
  return frame;
}

class MotionEncoderTest : public ::testing::Test {
 protected:
  nn::Bundle bundle_ = motion_bundle();
  MotionModules modules_ = load_motion(bundle_, {});
  torch::Tensor all(const MotionTokens& tokens) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(tokens.frames()));
    std::iota(indices.begin(), indices.end(), 0);
    return tokens.gather(indices, 0);
  }
};

TEST_F(MotionEncoderTest, TokensAreRefinerThenPose) {
  MotionEncoder encoder(modules_, bundle_.manifest().config, nn::Precision::fp32);
  encoder.push(frame_of(255, 0));
  encoder.push(frame_of(0, 0));
  const torch::Tensor tokens = all(encoder.finish());
  ASSERT_EQ(tokens.sizes(), (std::vector<std::int64_t>{2, 2, 9}));
  // Brightness, bucket, frames; rotation; translation times translation_scale (0.5).
  const torch::Tensor expected =
      torch::tensor({1.0F, 0.0F, 2.0F, 1.0F, 2.0F, 3.0F, 2.0F, 2.5F, 3.0F});
  EXPECT_TRUE(torch::allclose(tokens[0][0], expected));
  EXPECT_TRUE(torch::allclose(tokens[0][1], expected));
  EXPECT_FLOAT_EQ(tokens[1][0][0].item<float>(), 0.0F);
}

TEST_F(MotionEncoderTest, BatchesShareOneIntensity) {
  MotionEncoder encoder(modules_, bundle_.manifest().config, nn::Precision::fp32);
  for (int i = 0; i < 7; ++i) {  // bucket_frames is 3: batches of 3, 3 and 1
    encoder.push(frame_of(0, i < 3 ? 0.0 : 10.0 * i));
  }
  const torch::Tensor tokens = all(encoder.finish());
  ASSERT_EQ(encoder.intensities().size(), 3U);
  EXPECT_EQ(encoder.intensities()[0].head, 0);
  EXPECT_EQ(encoder.intensities()[1].head, 34);  // 20/3 px of 50 px, times 256
  EXPECT_EQ(encoder.intensities()[2].head, 0);
  const torch::Tensor seen = tokens.select(1, 0);
  EXPECT_TRUE(
      torch::equal(seen.select(1, 1), torch::tensor({0, 0, 0, 34, 34, 34, 0}).to(torch::kFloat)));
  EXPECT_TRUE(
      torch::equal(seen.select(1, 2), torch::tensor({3, 3, 3, 3, 3, 3, 1}).to(torch::kFloat)));
}

TEST_F(MotionEncoderTest, FramesWithoutAFaceDoNotCountForTheIntensity) {
  MotionEncoder encoder(modules_, bundle_.manifest().config, nn::Precision::fp32);
  encoder.push(frame_of(0, 0));
  encoder.push(frame_of(0, 500, /*detected=*/false));
  encoder.push(frame_of(0, 0));
  EXPECT_EQ(encoder.finish().frames(), 3);
  EXPECT_EQ(encoder.intensities().at(0).head, 0);
}

TEST_F(MotionEncoderTest, TokensAreKeptInTheJobsPrecision) {
  MotionEncoder encoder(modules_, bundle_.manifest().config, nn::Precision::fp16);
  encoder.push(frame_of(0, 0));
  EXPECT_EQ(all(encoder.finish()).scalar_type(), torch::kHalf);
}

}  // namespace
}  // namespace hyportrait::conditions
