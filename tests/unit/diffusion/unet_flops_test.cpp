// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_flops.h"

#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace hyportrait::diffusion {
namespace {

const Branch kNothing{.has_reference = false, .has_motion = false};
const Branch kEverything{.has_reference = true, .has_motion = true};

std::vector<nn::NamedShape> official_parameters(const std::filesystem::path& list) {
  std::vector<nn::NamedShape> parameters;
  std::ifstream in(list);
  std::string line;
  std::getline(in, line);  // the header
  while (std::getline(in, line)) {
    std::istringstream columns(line);
    nn::NamedShape parameter;
    std::string shape;
    std::string number;
    std::getline(columns, parameter.name, '\t');
    std::getline(columns, shape, '\t');
    for (std::istringstream numbers(shape); std::getline(numbers, number, ',');) {
      parameter.shape.push_back(std::stoll(number));
    }
    parameters.push_back(parameter);
  }
  return parameters;
}

// 60.521: scripts/export/count_flops.py --preset full --size 512 --frames 25
TEST(UnetFlops, AgreesWithTorchsCounterOnTheOfficialUnet) {
  HYPORTRAIT_NEEDS_SHARED("parity/keys/unet.tsv");
  const auto parameters = official_parameters(test::shared_path("parity/keys/unet.tsv"));
  const UnetCallSize size{.branches = {kNothing, kEverything}};
  EXPECT_NEAR(unet_flops(parameters, size) / 1e12, 60.521, 0.001);
}

TEST(UnetFlops, CountsAConvolutionOncePerBranchFrameAndPixelOfItsLevel) {
  const std::vector<nn::NamedShape> parameters{
      {"down_blocks.0.downsamplers.0.conv.weight", {4, 4, 3, 3}},
      {"down_blocks.1.resnets.0.spatial_res_block.conv1.weight", {8, 4, 3, 3}},
      {"down_blocks.1.resnets.0.spatial_res_block.conv1.bias", {8}}};
  const UnetCallSize size{
      .windows = 2, .frames = 5, .side = 16, .branches = {kNothing, kEverything}};
  EXPECT_DOUBLE_EQ(unet_flops(parameters, size), 2.0 * (144 + 288) * 2 * 2 * 5 * 8 * 8);
}

TEST(UnetFlops, CountsAnUpsamplingAsFourConvolutionsOfTheSmallImage) {
  const std::vector<nn::NamedShape> parameters{
      {"down_blocks.1.resnets.0.norm1.weight", {8}},
      {"up_blocks.0.upsamplers.0.conv.weight", {8, 8, 3, 3}}};
  const UnetCallSize size{.frames = 5, .side = 16, .branches = {kEverything}};
  EXPECT_NEAR(unet_flops(parameters, size), 4 * 2.0 * (8 * 8 * 2 * 2) * 5 * 8 * 8, 1e-6);
}

TEST(UnetFlops, LeavesOutTheCrossAttentionOfABranchWithoutConditions) {
  const std::vector<nn::NamedShape> parameters{
      {"mid_block.attentions.0.transformer_blocks.0.attn2.to_q.weight", {8, 8}}};
  UnetCallSize size{.frames = 1, .side = 4, .branches = {kNothing}};
  EXPECT_EQ(unet_flops(parameters, size), 0);
  size.branches.push_back(kEverything);
  EXPECT_EQ(unet_flops(parameters, size), 2 * 64 * 16 + 4 * 8 * 16 * (64 + 64));
}

}  // namespace
}  // namespace hyportrait::diffusion
