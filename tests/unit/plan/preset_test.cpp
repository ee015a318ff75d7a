// SPDX-License-Identifier: Apache-2.0
#include "plan/preset.h"

#include <gtest/gtest.h>

namespace hyportrait::plan {
namespace {

nn::WindowConfig official() {
  return {.frames = 25, .overlap = 3, .shift = 3, .padding = 15};
}

TEST(Preset, ExactLeavesTheBundlesSampler) {
  nn::BundleConfig config;
  config.sampler.steps = 25;
  const nn::BundleConfig exact = with_preset(config, PresetKind::exact);
  EXPECT_EQ(exact.sampler.steps, 25);
  EXPECT_EQ(exact.guidance.until, 1.0);
  EXPECT_FALSE(preset_values(PresetKind::exact).tile);
}

TEST(Preset, StepsAreAShareOfTheBundles) {
  nn::BundleConfig config;
  config.sampler.steps = 25;
  EXPECT_EQ(with_preset(config, PresetKind::fast).sampler.steps, 13);
  EXPECT_EQ(with_preset(config, PresetKind::draft).sampler.steps, 8);
  config.sampler.steps = 1;
  EXPECT_EQ(with_preset(config, PresetKind::draft).sampler.steps, 1);
}

TEST(TilingPadding, GivesUpPaddingThatWouldCostAWindow) {
  // 125 + 30 frames take 8 windows of 22 new frames each, 125 + 28 take 7.
  EXPECT_EQ(tiling_padding(125, official()), 14);
  EXPECT_EQ(tiling_padding(25, official()), 9);  // 55 frames: 3 windows; 43: 2
}

TEST(TilingPadding, KeepsThePaddingThatFits) {
  EXPECT_EQ(tiling_padding(124, official()), 15);  // 154 frames are 7 windows
}

TEST(TilingPadding, KeepsHalfOfThePadding) {
  EXPECT_EQ(tiling_padding(30, official()), 15);  // 2 windows would need a padding of 7
  EXPECT_EQ(tiling_padding(28, official()), 8);
}

TEST(TilingPadding, KeepsThePaddingOfAClipOfUnknownLength) {
  EXPECT_EQ(tiling_padding(0, official()), 15);
}

TEST(TilingPadding, HasNothingToChooseWithoutPadding) {
  EXPECT_EQ(tiling_padding(10, {.frames = 4, .overlap = 1, .shift = 0, .padding = 0}), 0);
}

}  // namespace
}  // namespace hyportrait::plan
