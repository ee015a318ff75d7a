// SPDX-License-Identifier: Apache-2.0
#include "nn/tensor.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <array>

namespace hyportrait::nn {
namespace {

TEST(TensorFrame, TensorHasChannelsFirst) {
  Frame frame = Frame::black(3, 2);
  frame.row(1)[2 * 3 + 1] = 51;  // green of x 2, y 1
  const torch::Tensor tensor = to_tensor(frame);
  ASSERT_EQ(tensor.sizes(), (std::vector<std::int64_t>{1, 3, 2, 3}));
  EXPECT_FLOAT_EQ(tensor[0][1][1][2].item<float>(), 0.2F);
  EXPECT_FLOAT_EQ(tensor.sum().item<float>(), 0.2F);
}

TEST(TensorFrame, StacksFrames) {
  std::array<Frame, 2> frames{Frame::black(2, 2), Frame::black(2, 2)};
  frames[1].pixels.assign(12, 255);
  const torch::Tensor tensor = to_tensor(frames);
  EXPECT_EQ(tensor[0].sum().item<float>(), 0.0F);
  EXPECT_EQ(tensor[1].sum().item<float>(), 12.0F);
}

TEST(TensorFrame, FrameIsClampedAndTruncated) {
  const torch::Tensor red = torch::tensor({{-0.5F, 0.0F, 0.999F}, {1.0F, 7.0F, 0.5F}});
  const Frame frame = to_frame(torch::stack({red, torch::zeros({2, 3}), torch::zeros({2, 3})}));
  ASSERT_EQ(frame.width, 3);
  ASSERT_EQ(frame.height, 2);
  EXPECT_EQ(frame.row(0)[0], 0);
  EXPECT_EQ(frame.row(0)[6], 254);  // 254.745
  EXPECT_EQ(frame.row(1)[0], 255);
  EXPECT_EQ(frame.row(1)[3], 255);
  EXPECT_EQ(frame.row(1)[6], 127);  // 127.5
  EXPECT_EQ(frame.row(1)[7], 0);
}

}  // namespace
}  // namespace hyportrait::nn
