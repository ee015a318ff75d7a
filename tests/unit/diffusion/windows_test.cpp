// SPDX-License-Identifier: Apache-2.0
#include "diffusion/windows.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace hyportrait::diffusion {
namespace {

constexpr nn::WindowConfig kConfig{.frames = 4, .overlap = 1, .shift = 3, .padding = 0};
using Windows = std::vector<Window>;

TEST(Windows, CoverTheRingWithOverlap) {
  EXPECT_EQ(windows_of_step(9, kConfig, 0), (Windows{{0, 1, 2, 3}, {3, 4, 5, 6}, {6, 7, 8, 0}}));
}

TEST(Windows, MoveBackEachStepModuloTheWindow) {
  EXPECT_EQ(windows_of_step(9, kConfig, 1), (Windows{{6, 7, 8, 0}, {0, 1, 2, 3}, {3, 4, 5, 6}}));
  // step 2: 3 * 2 modulo 4
  EXPECT_EQ(windows_of_step(9, kConfig, 2).front(), (Window{7, 8, 0, 1}));
}

TEST(Windows, ARemainderCostsAWholeWindow) {
  EXPECT_EQ(windows_of_step(9, kConfig, 0).size(), 3U);
  EXPECT_EQ(windows_of_step(10, kConfig, 0).size(), 4U);
}

TEST(Windows, AShortClipIsGoneThroughMoreThanOnce) {
  EXPECT_EQ(windows_of_step(3, kConfig, 0), (Windows{{0, 1, 2, 0}}));
  EXPECT_EQ(windows_of_step(1, kConfig, 1), (Windows{{0, 0, 0, 0}}));
}

TEST(WindowMean, AveragesFramesInSeveralWindows) {
  WindowMean mean(torch::zeros({3, 1, 1, 1}));
  mean.add({0, 1}, torch::tensor({1.0F, 2.0F}).view({2, 1, 1, 1}));
  mean.add({1, 2}, torch::tensor({6.0F, 5.0F}).view({2, 1, 1, 1}));
  EXPECT_TRUE(torch::equal(mean.mean().flatten(), torch::tensor({1.0F, 4.0F, 5.0F})));
}

TEST(WindowMean, CountsRepeatedFramesAsOften) {
  WindowMean mean(torch::zeros({2, 1, 1, 1}));
  mean.add({0, 1, 0, 0}, torch::tensor({1.0F, 7.0F, 2.0F, 6.0F}).view({4, 1, 1, 1}));
  EXPECT_TRUE(torch::equal(mean.mean().flatten(), torch::tensor({3.0F, 7.0F})));
}

}  // namespace
}  // namespace hyportrait::diffusion
