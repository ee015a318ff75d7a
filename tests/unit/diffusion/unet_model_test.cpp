// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_model.h"

#include "nn/bundle.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>

namespace hyportrait::diffusion {
namespace {

using test::tensor_entry;

// velocity = latents + time step + (reference: its mean) + (motion: each frame's mean) + pose +
// first id
constexpr const char* kUnet = R"(
def forward(self, latents, timestep, reference, appearance, motion, pose, ids, has_reference: List[bool], has_motion: List[bool]):
  shared = latents + timestep + pose.mean(2, keepdim=True) + ids[0] + appearance.mean() * 0
  branches = []
  for i in range(len(has_reference)):
    branch = shared
    if has_reference[i]:
      branch = branch + reference.mean()
    if has_motion[i]:
      branch = branch + motion.mean([2, 3]).unsqueeze(-1).unsqueeze(-1).unsqueeze(-1)
    branches.append(branch)
  return torch.stack(branches)
)";

nn::Module scripted_unet() {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle files(folder / "b");
  files.set_module("unet",
                   kUnet,
                   {tensor_entry("latents", {-1, -1, 4, -1, -1}),
                    tensor_entry("timestep", nlohmann::json::array()),
                    tensor_entry("reference", {1, 4, -1, -1}),
                    tensor_entry("appearance", {1, -1, 8}),
                    tensor_entry("motion", {-1, -1, -1, 8}),
                    tensor_entry("pose", {-1, -1, 5, -1, -1}),
                    tensor_entry("ids", {3}),
                    tensor_entry("has_reference", {-1}, "bool"),
                    tensor_entry("has_motion", {-1}, "bool")},
                   {tensor_entry("velocity", {-1, -1, -1, 4, -1, -1})});
  files.write();
  return nn::Bundle::open(files.folder()).load("unet", {}, nn::Precision::fp32);
}

TEST(UnetModel, GivesTheNetworkEachInputOnce) {
  UnetConditions conditions;
  conditions.reference = {.latent = torch::full({1, 4, 2, 2}, 100.0),
                          .tokens = torch::zeros({1, 2, 8})};
  conditions.motion.append(torch::full({2, 2, 8}, 4.0));
  conditions.padding = 2;
  conditions.pose_feature = [](std::span<const Window>) {
    return torch::full({1, 1, 5, 2, 2}, 0.5);
  };
  conditions.added_ids = {12.5, 0.0, 0.0};
  const VelocityModel model = unet_model(scripted_unet(), conditions);

  const std::vector<Window> windows{{0, 1, 2}, {3, 4, 5}};
  const torch::Tensor velocity = model({.latents = torch::zeros({2, 3, 4, 2, 2}),
                                        .timestep = 1.0,
                                        .windows = windows,
                                        .branches = {{false, false}, {true, true}}});
  ASSERT_EQ(velocity.sizes(), (std::vector<std::int64_t>{2, 2, 3, 4, 2, 2}));
  EXPECT_TRUE((velocity[0] == 14.0).all().item<bool>());  // 1 + 0.5 + 12.5
  // The padded frames fade in and out: 0, 4/2, 4, 4, 4, 4/2.
  const torch::Tensor motion = torch::tensor({{0.0F, 2.0F, 4.0F}, {4.0F, 4.0F, 2.0F}});
  EXPECT_TRUE(torch::allclose(velocity[1].mean({2, 3, 4}), motion + 114.0));
}

}  // namespace
}  // namespace hyportrait::diffusion
