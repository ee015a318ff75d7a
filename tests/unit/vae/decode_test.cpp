// SPDX-License-Identifier: Apache-2.0
#include "vae/decode.h"

#include "nn/bundle.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>
#include <limits>

namespace hyportrait::vae {
namespace {

/// Each image is its latent plus 1000 times the frames decoded with it.
nn::Module scripted_decoder() {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle files(folder / "b");
  files.set_module("vae_decoder",
                   "def forward(self, x):\n  return x[:, :3] + 1000 * x.size(0)\n",
                   {test::tensor_entry("latents", {-1, 4, -1, -1})},
                   {test::tensor_entry("image", {-1, 3, -1, -1})});
  files.write();
  return nn::Bundle::open(files.folder()).load("vae_decoder", {}, nn::Precision::fp32);
}

/// Latents whose value is the frame's index, times a scale of 0.5.
torch::Tensor numbered(std::int64_t frames) {
  return torch::arange(frames, torch::kFloat).view({-1, 1, 1, 1}).expand({frames, 4, 2, 2}) * 0.5;
}

/// 1000 times the chunk's frames + index, of each kept frame.
std::vector<int> decoded(std::int64_t frames, const DecodeOptions& options) {
  std::vector<int> values;
  decode_chunks(scripted_decoder(), numbered(frames), options, [&](const torch::Tensor& images) {
    for (const torch::Tensor& image : images.unbind(0)) {
      values.push_back(static_cast<int>(image.flatten()[0].item<float>()));
    }
  });
  return values;
}

TEST(Decode, ChunkBordersCountFromTheFirstPaddingFrame) {
  // Frames 0-2 and 7-9 are padding; chunks of four are 0-3, 4-7 and 8-9.
  EXPECT_EQ(decoded(10, {.latent_scale = 0.5, .chunk = 4, .first = 3, .count = 4}),
            (std::vector<int>{4003, 4004, 4005, 4006}));
}

TEST(Decode, TheLastChunkIsShorter) {
  EXPECT_EQ(decoded(5, {.latent_scale = 0.5, .chunk = 3, .first = 0, .count = 5}),
            (std::vector<int>{3000, 3001, 3002, 2003, 2004}));
}

TEST(Decode, SkipsChunksOfPaddingOnly) {
  int chunks = 0;
  decode_chunks(scripted_decoder(),
                numbered(12),
                {.latent_scale = 0.5, .chunk = 2, .first = 4, .count = 4},
                [&](const torch::Tensor&) { ++chunks; });
  EXPECT_EQ(chunks, 2);
  EXPECT_EQ(decoded(12, {.latent_scale = 0.5, .chunk = 2, .first = 4, .count = 4}),
            (std::vector<int>{2004, 2005, 2006, 2007}));
}

TEST(Decode, AFrameThatIsNotFiniteIsNamedAndNotGiven) {
  torch::Tensor latents = numbered(8).clone();
  latents[5][0][1][1] = std::numeric_limits<float>::quiet_NaN();
  latents[0][0][0][0] = std::numeric_limits<float>::infinity();  // of the padding: never shown
  std::int64_t given = 0;
  test::expect_error(ExitCode::device, {"decode: frame 3 is not finite", "--dtype bf16"}, [&] {
    decode_chunks(scripted_decoder(),
                  latents,
                  {.latent_scale = 0.5, .chunk = 2, .first = 2, .count = 5},
                  [&](const torch::Tensor& images) { given += images.size(0); });
  });
  EXPECT_EQ(given, 2);
}

TEST(Decode, GivesFrames) {
  std::vector<Frame> frames;
  decode(scripted_decoder(),
         numbered(3),
         {.latent_scale = 0.5, .chunk = 8, .first = 1, .count = 1},
         [&](Frame&& frame) { frames.push_back(std::move(frame)); });
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].width, 2);
  EXPECT_EQ(frames[0].row(1)[5], 255);
}

}  // namespace
}  // namespace hyportrait::vae
