// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

#include <array>
#include <vector>

namespace hyportrait::face {

/// Sides of a crop that end at the picture's own edge: no seam is there.
struct EdgeSides {
  bool left = false;
  bool top = false;
  bool right = false;
  bool bottom = false;
};

/// Matches the colours of generated crops to the portrait's along the crop's border.
///
/// Per channel the difference portrait - generated is modelled as c0 + c1 u + c2 v + c3 u v, u and
/// v from -1 to 1 across the crop: enough for a cast or a drift of the light, too stiff to follow
/// what moves. It is fitted robustly on means of small cells along the border (moving hair or
/// shoulders are outliers), and the coefficients are averaged over time so that the correction does
/// not flicker.
class ColourMatch final {
 public:
  ColourMatch() = default;  ///< corrects nothing
  /// `target` is the portrait's part under the crop.
  ColourMatch(const Frame& target, EdgeSides edges);

  /// Takes one generated crop (of target's size) into the estimate, then corrects it in place.
  void operator()(Frame& generated);

 private:
  using Channels = std::array<double, 3>;
  using Coefficients = std::array<std::array<double, 4>, 3>;  ///< of each channel, levels

  struct Cell {
    CropBox box;
    std::array<double, 4> basis{};  ///< 1, u, v, u v at its centre
    Channels target{};              ///< mean levels
  };
  [[nodiscard]] Coefficients fit(const Frame& generated) const;

  std::vector<Cell> cells_;
  Coefficients coefficients_{};
  int frames_seen_ = 0;
};

}  // namespace hyportrait::face
