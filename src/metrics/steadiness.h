// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/plan.h>

#include "base/frame.h"
#include "face/face.h"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace hyportrait::metrics {

/// Flicker: the mean of |next - 2 this + previous| over pixels and frames, levels. What moves
/// steadily has little of it, what jumps to and fro has much. Holds two frames.
class Flicker final {
 public:
  /// Frames of one size, in order of time. Pixels of `left_out` do not count. Gives the level of
  /// the frame before this one; nothing for the first two.
  std::optional<double> add(const Frame& frame,
                            const std::optional<face::CropBox>& left_out = std::nullopt);

  /// Nothing for fewer than three frames.
  [[nodiscard]] std::optional<double> levels() const;

 private:
  std::vector<Frame> last_;  // at most two
  double sum_ = 0.0;
  std::int64_t values_ = 0;
};

/// The steps from frame to frame of one region, 8 bytes a frame.
class Steps final {
 public:
  void add(const Frame& frame);

  /// Seams: how much larger the steps onto the frames of `borders` are than the steps beside them;
  /// 1 for none. Borders count frames from 0. Nothing when no border lies inside.
  [[nodiscard]] std::optional<double> seam(const std::set<std::int64_t>& borders) const;

 private:
  std::optional<Frame> last_;
  std::vector<double> steps_;  // [i]: mean difference of frames i and i + 1, levels
};

/// Frames of the result that begin another chunk of the VAE's decoder (chunks count from the first
/// padding frame, vae/decode.h).
std::set<std::int64_t> chunk_borders(const SamplerFacts& sampler, std::int64_t frames);

/// Frames of the result from which on other windows of the sampler's last step hold the picture
/// (diffusion/windows.h).
std::set<std::int64_t> window_borders(const SamplerFacts& sampler, std::int64_t frames);

}  // namespace hyportrait::metrics
