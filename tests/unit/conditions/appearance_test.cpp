// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"

#include "conditions/pose.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>

namespace hyportrait::conditions {
namespace {

using test::tensor_entry;

/// identity: the mean of each colour; appearance: image mean and identity; vae_encoder: 8 x 8
/// means; pose_guider: the same, with 1 added.
nn::Bundle appearance_bundle() {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle files(folder / "b");
  files.set_module("identity",
                   "def forward(self, x):\n  return x.mean([2, 3])\n",
                   {tensor_entry("face", {1, 3, 112, 112})},
                   {tensor_entry("identity", {1, 3})});
  files.set_module("appearance",
                   "def forward(self, x, i):\n  return torch.cat([x.mean([1, 2, 3]).unsqueeze(1), "
                   "i], 1).unsqueeze(0)\n",
                   {tensor_entry("portrait", {1, 3, 224, 224}), tensor_entry("identity", {1, 3})},
                   {tensor_entry("tokens", {1, 1, 4})});
  for (const char* name : {"vae_encoder", "pose_guider"}) {
    files.set_module(name,
                     "def forward(self, x):\n  return torch.avg_pool2d(x, [8, 8]) + self.weight\n",
                     {tensor_entry("image", {-1, 3, -1, -1})},
                     {tensor_entry("y", {-1, 3, -1, -1})},
                     torch::full({1}, std::string(name) == "pose_guider" ? 1.0 : 0.0));
  }
  files.write();
  return nn::Bundle::open(files.folder());
}

class AppearanceTest : public ::testing::Test {
 protected:
  AppearanceTest() { crop_.pixels.assign(crop_.pixels.size(), 51); }
  nn::Bundle bundle_ = appearance_bundle();
  AppearanceModules modules_ = load_appearance(bundle_, {}, nn::Precision::fp32);
  Frame crop_ = Frame::black(64, 64);
};

TEST_F(AppearanceTest, GivesLatentAndTokens) {
  const Reference reference = encode_reference(modules_, crop_, {});
  EXPECT_EQ(reference.latent.sizes(), (std::vector<std::int64_t>{1, 3, 8, 8}));
  EXPECT_TRUE(torch::allclose(reference.latent, torch::full_like(reference.latent, 0.2)));
  EXPECT_TRUE(torch::allclose(reference.tokens.flatten(), torch::tensor({0.2F, 0.0F, 0.0F, 0.0F})));
}

TEST_F(AppearanceTest, IdentityHasLengthOne) {
  IdentitySource source;
  for (int i = 0; i < 112 * 112; ++i) {
    source.aligned_face.insert(source.aligned_face.end(), {0.3F, 0.0F, 0.4F});
  }
  const torch::Tensor vector = identity_vector(modules_.identity, source);
  EXPECT_TRUE(torch::allclose(vector, torch::tensor({{0.6F, 0.0F, 0.8F}}), 1e-5, 1e-5));
}

TEST_F(AppearanceTest, AReplacedIdentityWinsAndIsNormalised) {
  IdentitySource source;
  source.aligned_face.assign(112 * 112 * 3, 1.0F);
  source.vector = {0.0F, 5.0F, 0.0F};
  EXPECT_TRUE(torch::equal(identity_vector(modules_.identity, source),
                           torch::tensor({{0.0F, 1.0F, 0.0F}})));
}

TEST_F(AppearanceTest, WithoutAFaceTheIdentityIsZero) {
  EXPECT_TRUE(torch::equal(identity_vector(modules_.identity, {}), torch::zeros({1, 3})));
}

TEST_F(AppearanceTest, TheBlackPoseImageGivesOneFeature) {
  const nn::Module guider = bundle_.load("pose_guider", {}, nn::Precision::fp32);
  const torch::Tensor feature = black_pose_feature(guider, 64);
  EXPECT_TRUE(torch::equal(feature, torch::ones({1, 1, 3, 8, 8})));
  const std::vector<Frame> images{crop_, crop_};
  EXPECT_EQ(pose_features(guider, images).sizes(), (std::vector<std::int64_t>{1, 2, 3, 8, 8}));
}

}  // namespace
}  // namespace hyportrait::conditions
