// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"

#include <cstdint>
#include <memory>

namespace hyportrait::detail {

// Note [Detail]
// A generator draws a small square; scaled up it is soft. What it lost is in the portrait: the
// difference `high` between the portrait and its low version, that is the portrait through the same
// loss, scaled up in the same way. Per frame:
//  1. dense optical flow between the frame and the low version, both ways (flow.h), at the
//     generator's resolution;
//  2. a weight of 0 to 1 of how far the flow is to be trusted (weight.h), at that resolution;
//  3. frame + weight * (high moved along the flow), at full size;
//  4. back-projection: scaled down again, the result must show what the generator drew, plus what
//     the low version is known to lose at that size. The difference is scaled up and added where
//     there is weight (Irani and Peleg, "Improving resolution by image registration", 1991).
// Where the weight is 0 the frame stays as it was. docs/detail.md has the figures.

/// A smaller picture: each pixel is the mean of its area.
Frame made_small(const Frame& frame, PixelSize size);

struct DetailSettings {
  double strength = 1.0;  ///< 0 leaves frames as they are, 1 adds what was lost
  double sigma = 0.0;     ///< px of the low version: how much softer than it generated frames are
};

/// Memory of a DetailTransfer to `size`, in bytes, at most: while it is made.
std::uint64_t transfer_bytes(PixelSize size);

/// Carries the portrait's detail into the generated frames of one clip, in order of time. Same bits
/// for any number of threads. Not thread-safe.
class DetailTransfer final {
 public:
  /// `portrait`: the part of the portrait that the generator redraws, at the result's size. `low`:
  /// the same through the generator's loss, at the generator's size. Sides of at least 16 px.
  DetailTransfer(const Frame& portrait, const Frame& low, const DetailSettings& settings);
  ~DetailTransfer();
  DetailTransfer(DetailTransfer&&) noexcept;
  DetailTransfer& operator=(DetailTransfer&&) = delete;

  /// Scales a generated frame, of low's size and the next one in time, to the portrait's size and
  /// finds what is to be added to it. By bicubic interpolation with a = -0.75 (OpenCV's), which
  /// keeps more than that of face/resize.h. Time stamps are kept.
  Frame find(const Frame& generated);

  /// Adds what was found to the scaled frame, whose colours may have been matched since.
  void add(Frame& frame) const;

  /// Mean of the weights of all frames so far, 0 to 1; 0 before the first.
  [[nodiscard]] double mean_weight() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyportrait::detail
