// SPDX-License-Identifier: Apache-2.0
#include "run/pose.h"

#include "nn/bundle.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace hyportrait::run {
namespace {

/// A pose guider that says the mean colour of each 8x8 pixels.
nn::Bundle averaging(const std::filesystem::path& folder) {
  test::ScriptBundle files(folder);
  files.set_module("pose_guider",
                   "def forward(self, x):\n  return torch.avg_pool2d(x, [8, 8]) * self.weight\n",
                   {test::tensor_entry("image", {-1, 3, -1, -1})},
                   {test::tensor_entry("feature", {-1, 3, -1, -1})});
  files.write();
  return nn::Bundle::open(folder);
}

/// Another face in each frame.
std::vector<face::Landmarks> walking(int frames) {
  std::vector<face::Landmarks> landmarks;
  for (int i = 0; i < frames; ++i) {
    const double x = 8.0 + 4.0 * i;
    landmarks.push_back({{{x, 20}, {x + 12, 20}, {x + 6, 30}, {x + 2, 40}, {x + 10, 40}}});
  }
  return landmarks;
}

TEST(PoseFeature, KeptOnesAreThoseMadeAnewInEachStep) {
  const nn::Bundle bundle = averaging(test::test_dir() / "b");
  nn::BundleConfig config = bundle.manifest().config;
  config.pose_image = nn::PoseImageKind::landmarks;
  ASSERT_EQ(config.window.frames, 4);
  ASSERT_EQ(config.window.padding, 2);
  const nn::Module guider = bundle.load("pose_guider", {}, nn::Precision::fp32);
  const diffusion::PoseFeature kept = pose_feature(guider, config, walking(6));
  const diffusion::PoseFeature anew = pose_feature(guider, config, walking(6), 0);
  const std::vector<diffusion::Window> windows = {{0, 1, 2, 3}, {7, 8, 9, 0}};  // of 2 + 6 + 2
  const torch::Tensor features = kept(windows);
  EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{2, 4, 3, 8, 8}));
  EXPECT_TRUE(torch::allclose(features, anew(windows)));
  EXPECT_TRUE(torch::equal(features[0][0], features[0][2]));  // padding shows the first frame
  EXPECT_TRUE(torch::equal(features[1][0], features[1][2]));  // and the last one
  EXPECT_FALSE(torch::allclose(features[0][2], features[0][3]));
  EXPECT_FALSE(torch::allclose(features[0][0], features[1][0]));
}

}  // namespace
}  // namespace hyportrait::run
