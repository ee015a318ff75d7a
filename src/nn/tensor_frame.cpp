// SPDX-License-Identifier: Apache-2.0
#include "nn/tensor_frame.h"

#include "base/require.h"

#include <torch/types.h>

#include <algorithm>

namespace hyportrait::nn {

torch::Tensor to_tensor(std::span<const Frame> frames) {
  require(!frames.empty(), "to_tensor needs a frame");
  const std::int64_t height = frames[0].height;
  const std::int64_t width = frames[0].width;
  torch::Tensor pixels =
      torch::empty({static_cast<std::int64_t>(frames.size()), height, width, 3}, torch::kByte);
  auto* out = pixels.mutable_data_ptr<std::uint8_t>();
  for (const Frame& frame : frames) {
    require(frame.height == height && frame.width == width, "to_tensor needs frames of one size");
    out = std::copy(frame.pixels.begin(), frame.pixels.end(), out);
  }
  return pixels.permute({0, 3, 1, 2}).to(torch::kFloat).div_(255).contiguous();
}

torch::Tensor to_tensor(const Frame& frame) {
  return to_tensor(std::span(&frame, 1));
}

Frame to_frame(const torch::Tensor& image) {
  require(image.dim() == 3 && image.size(0) == 3, "to_frame needs an image [3,H,W]");
  const torch::Tensor pixels = image.to(torch::kFloat)
                                   .clamp(0, 1)
                                   .mul(255)
                                   .to(torch::kByte)
                                   .permute({1, 2, 0})
                                   .contiguous()
                                   .cpu();
  Frame frame{.width = static_cast<int>(image.size(2)), .height = static_cast<int>(image.size(1))};
  const auto* begin = pixels.const_data_ptr<std::uint8_t>();
  frame.pixels.assign(begin, begin + pixels.numel());
  return frame;
}

}  // namespace hyportrait::nn
