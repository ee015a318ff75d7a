// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion_tokens.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <numeric>

namespace hyportrait::conditions {
namespace {

/// One number a frame, in pieces of two.
MotionTokens tokens_of(const std::vector<float>& values) {
  MotionTokens tokens;
  for (const torch::Tensor& piece : torch::tensor(values).view({-1, 1, 1}).split(2)) {
    tokens.append(piece);
  }
  return tokens;
}

std::vector<float> gather(const MotionTokens& tokens,
                          const std::vector<std::int64_t>& indices,
                          int padding) {
  const torch::Tensor frames = tokens.gather(indices, padding).to(torch::kFloat).contiguous();
  return {frames.const_data_ptr<float>(), frames.const_data_ptr<float>() + frames.numel()};
}

std::vector<float> all(const MotionTokens& tokens, int padding) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(tokens.frames() + 2 * padding));
  std::iota(indices.begin(), indices.end(), 0);
  return gather(tokens, indices, padding);
}

TEST(MotionTokens, FadeInAndOutOverThePadding) {
  const MotionTokens tokens = tokens_of({8, 6, 4});
  EXPECT_EQ(tokens.frames(), 3);
  EXPECT_EQ(all(tokens, 4), (std::vector<float>{0, 2, 4, 6, 8, 6, 4, 4, 3, 2, 1}));
  EXPECT_EQ(all(tokens, 0), (std::vector<float>{8, 6, 4}));
}

TEST(MotionTokens, AreGatheredInAnyOrderAndRepeatedly) {
  EXPECT_EQ(gather(tokens_of({1, 2, 3, 4, 5}), {4, 0, 4, 3}, 0), (std::vector<float>{5, 1, 5, 4}));
}

}  // namespace
}  // namespace hyportrait::conditions
