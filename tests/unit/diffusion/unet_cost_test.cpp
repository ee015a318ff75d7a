// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_cost.h"

#include <gtest/gtest.h>

namespace hyportrait::diffusion {
namespace {

const Branch kNothing{.has_reference = false, .has_motion = false};
const Branch kAppearance{.has_reference = true, .has_motion = false};
const Branch kEverything{.has_reference = true, .has_motion = true};

/// Those of hyportrait.export.bundle, official_config().
nn::UnetSizes official() {
  return {.channels = {320, 640, 1280, 1280},
          .layers = {2, 2, 2, 2},
          .attention = {true, true, true, false},
          .heads = {5, 10, 20, 20},
          .context_width = 1024,
          .added_width = 256,
          .groups = 32,
          .latent_channels = 4};
}

/// Those of the preset tiny (hyportrait.export.presets).
nn::UnetSizes tiny() {
  return {.channels = {16, 32},
          .layers = {1, 1},
          .attention = {false, true},
          .heads = {2, 4},
          .context_width = 32,
          .added_width = 8,
          .groups = 8,
          .latent_channels = 4};
}

// The figures of torch's counter: scripts/cost/count_flops.py --preset full --size 512
TEST(UnetFlops, AgreesWithTorchsCounterOnTheOfficialUnet) {
  EXPECT_EQ(unet_flops(official(), {.branches = {kNothing, kEverything}}), 60'520'778'465'280);
}

// --preset tiny --size 64 --frames 8, and --size 128 --frames 5
TEST(UnetFlops, AgreesWithItOnTheTinyUnet) {
  UnetCallSize call{.frames = 8,
                    .side = 8,
                    .appearance_tokens = 8,
                    .motion_tokens = 8,
                    .branches = {kNothing, kEverything}};
  EXPECT_EQ(unet_flops(tiny(), call), 243'614'720);
  nn::UnetSizes still = tiny();
  still.temporal = false;
  EXPECT_EQ(unet_flops(still, call), 154'721'280);
  call.frames = 5;
  call.side = 16;
  EXPECT_EQ(unet_flops(tiny(), call), 620'241'920);
}

// count() of scripts/cost/count_flops.py of models/demo's config, 192 px and 25 frames
TEST(UnetFlops, AgreesWithItOnTheDemosUnet) {
  const nn::UnetSizes demo{.channels = {64, 72, 112},
                           .layers = {2, 2, 2},
                           .attention = {true, true, true},
                           .heads = {2, 4, 4},
                           .context_width = 96,
                           .added_width = 16,
                           .groups = 8,
                           .latent_channels = 8,
                           .temporal = false};
  const UnetCallSize call{.side = 24,
                          .appearance_tokens = 16,
                          .motion_tokens = 16,
                          .branches = {kNothing, kEverything}};
  EXPECT_EQ(unet_flops(demo, call), 107'345'679'360);
}

TEST(UnetFlops, LevelsMayHaveDifferentNumbersOfLayers) {
  nn::UnetSizes more = tiny();
  more.layers[0] = 2;
  const UnetCallSize call{.frames = 5, .side = 16, .branches = {kNothing, kEverything}};
  // One resnet down of 16 to 16 channels, one up of 32 to 16 with its shortcut, and their rows of
  // time; each with two convolutions over frames.
  const double rows = 2.0 * 5 * 16 * 16;
  const double down = 16 * 16 * 9 * 2 + 16 * 16 * 3 * 2;
  const double up = 32 * 16 * 9 + 16 * 16 * 9 + 32 * 16 + 16 * 16 * 3 * 2;
  EXPECT_EQ(unet_flops(more, call) - unet_flops(tiny(), call),
            2 * rows * (down + up) + 2 * 4 * 64 * 16);
}

TEST(UnetFlops, LeavesOutTheCrossAttentionOfWhatABranchDoesNotHave) {
  const auto more_with = [](const Branch& branch) {
    const UnetCallSize one{.windows = 3, .frames = 5, .side = 4, .branches = {branch}};
    const UnetCallSize other{.windows = 3, .frames = 5, .side = 4, .branches = {kNothing}};
    return unet_flops(tiny(), one) - unet_flops(tiny(), other);
  };
  // Four transformers of 32 channels at 2x2 px, each over pixels and over frames: query and output,
  // keys and values of 64 tokens, the two products of attention.
  const double places = 3 * 5 * 2 * 2;
  const double projections = 2 * 2 * 32 * 32 * places;
  const double products = 4 * 32 * places * 64;
  const double tokens = 2 * 2 * 32 * 32 * 64;
  const double appearance = 8 * (projections + products + tokens);
  EXPECT_EQ(more_with(kAppearance), appearance);
  // Motion's keys and values: of every frame over pixels, of every window over frames.
  EXPECT_EQ(more_with(kEverything), appearance + 8 * products + 4 * tokens * (3 * 5 + 3));
}

}  // namespace
}  // namespace hyportrait::diffusion
