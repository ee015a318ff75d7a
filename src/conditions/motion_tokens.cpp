// SPDX-License-Identifier: Apache-2.0
#include "conditions/motion_tokens.h"

#include "base/require.h"

#include <torch/types.h>

#include <algorithm>

namespace hyportrait::conditions {

void MotionTokens::append(const torch::Tensor& tokens) {
  require(
      pieces_.empty() || frames_ == static_cast<std::int64_t>(pieces_.size()) * pieces_[0].size(0),
      "only the last piece may be short");
  // A copy of our own: results of a network cannot be changed in place, as interpolate() does.
  pieces_.push_back(torch::empty_like(tokens, tokens.options().device(torch::kCPU)).copy_(tokens));
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

void MotionTokens::interpolate(const std::vector<bool>& known) {
  require(static_cast<std::int64_t>(known.size()) == frames_, "one flag a frame");
  const std::int64_t none = -1;
  std::int64_t before = none;
  for (std::int64_t i = 0; i < frames_; ++i) {
    if (known[i]) {
      before = i;
      continue;
    }
    const auto next = std::find(known.begin() + i, known.end(), true);
    const std::int64_t after = next == known.end() ? none : next - known.begin();
    if (before == none && after == none) {
      return;  // nothing is known: the tokens stay as they are
    }
    if (before == none || after == none) {
      frame(i).copy_(frame(before == none ? after : before));
    } else {
      const double weight = static_cast<double>(i - before) / static_cast<double>(after - before);
      frame(i).copy_(
          torch::lerp(frame(before).to(torch::kFloat), frame(after).to(torch::kFloat), weight));
    }
  }
}

}  // namespace hyportrait::conditions
