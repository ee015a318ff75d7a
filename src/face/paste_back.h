// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"
#include "face/colour_match.h"
#include "face/face.h"

#include <vector>

namespace hyportrait::face {

/// How the generated crop goes back into the portrait.
struct PasteOptions {
  BlendKind blend = BlendKind::soft;
  bool colour_match = true;  ///< of `soft` only
};

/// Weight of the generated crop, height x width, row by row, as the original: a linear ramp over
/// 10 % of each side, 0 at the outermost pixel (inference.py:25-46).
std::vector<float> original_mask(Size size);

/// The same for `soft`: a smooth ramp over 16 % of each side that is not one of `edges`.
std::vector<float> soft_mask(Size size, EdgeSides edges);

/// Pastes the generated crops of one clip into its portrait, in order of time. What of the box lies
/// outside the portrait is dropped.
///
/// `soft`: soft_mask, and colours matched to the portrait's along the border. `original`:
/// original_mask, blended in float32 and truncated (inference.py:48-79). Time goes with the size of
/// the box, apart from the copy of the portrait.
class PasteBack final {
 public:
  /// Throws Error(input) when `box` has no pixel inside the portrait.
  PasteBack(Frame portrait, const CropBox& box, const PasteOptions& options);

  /// The portrait with one generated crop (of any size) in its box, and the crop's time stamps: the
  /// three below. The frame is this object's, and good until the next one.
  Frame& operator()(const Frame& generated);

  /// A generated crop at the size of the box.
  [[nodiscard]] Frame scaled(const Frame& generated) const;
  /// Matches the colours of a crop at the size of the box, the next one in time, in place.
  void match(Frame& front) { match_(front); }
  /// The portrait with such a crop in its box. Only the box is worked on.
  Frame& paste(const Frame& front);

  /// All that differs from one frame to the next: the part of the box inside the portrait.
  [[nodiscard]] FrameArea changed() const;

 private:
  Frame portrait_;
  Frame result_;
  CropBox box_;
  PasteOptions options_;
  std::vector<float> mask_;  ///< height x width of the box
  ColourMatch match_;
};

}  // namespace hyportrait::face
