// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

namespace hyportrait::conditions {

/// The motion tokens of a clip, kept in the pieces they came in: one tensor for a long clip would
/// need twice its memory while it is put together.
class MotionTokens final {
 public:
  /// `tokens`: [n,T,C], the next n frames; kept on the CPU. n must be the same each time but the
  /// last.
  void append(const torch::Tensor& tokens);

  [[nodiscard]] std::int64_t frames() const { return frames_; }

  /// Tokens [n,T,C] of frames of the padded clip: `padding` frames that fade in from zero (the
  /// first frame's times i/padding), the clip, and `padding` that fade out (the last's times 1 -
  /// i/padding), as inference.py:292-314. Indices are 0 .. frames() + 2 * padding - 1.
  [[nodiscard]] torch::Tensor gather(std::span<const std::int64_t> indices, int padding) const;

 private:
  [[nodiscard]] torch::Tensor frame(std::int64_t index) const;  // [T,C], shares memory

  std::vector<torch::Tensor> pieces_;  // [n,T,C] each
  std::int64_t frames_ = 0;
};

}  // namespace hyportrait::conditions
