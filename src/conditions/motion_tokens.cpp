// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion_tokens.h"

#include "base/require.h"

#include <torch/types.h>

namespace hyportrait::conditions {

void MotionTokens::append(const torch::Tensor& tokens) {
  require(
      pieces_.empty() || frames_ == static_cast<std::int64_t>(pieces_.size()) * pieces_[0].size(0),
      "only the last piece may be short");
  pieces_.push_back(tokens.to(torch::kCPU));
  frames_ += tokens.size(0);
}

torch::Tensor MotionTokens::frame(std::int64_t index) const {
  const std::int64_t piece = pieces_.at(0).size(0);
  return pieces_.at(static_cast<std::size_t>(index / piece))[index % piece];
}

torch::Tensor MotionTokens::gather(std::span<const std::int64_t> indices, int padding) const {
  std::vector<torch::Tensor> frames;
  for (const std::int64_t index : indices) {
    const std::int64_t after = index - padding - frames_;  // how far behind the clip's last frame
    if (index < padding) {
      frames.push_back(frame(0) * (static_cast<double>(index) / padding));
    } else if (after >= 0) {
      frames.push_back(frame(frames_ - 1) * (1.0 - static_cast<double>(after) / padding));
    } else {
      frames.push_back(frame(index - padding));
    }
  }
  return torch::stack(frames);
}

}  // namespace hyportrait::conditions
