// SPDX-License-Identifier: Apache-2.0
#include "inspect/sharpness.h"

#include "face/crop.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hyportrait::inspection {
namespace {

constexpr int kSide = 128;  // px: a face is judged at one size, as the networks see it

/// BT.601 luma, levels.
double brightness(const std::uint8_t* pixel) {
  return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

}  // namespace

double sharpness(const Frame& frame, const face::Box& box) {
  const face::CropBox inside{.x1 = std::max(0, static_cast<int>(box.x1)),
                             .y1 = std::max(0, static_cast<int>(box.y1)),
                             .x2 = std::min(frame.width, static_cast<int>(box.x2)),
                             .y2 = std::min(frame.height, static_cast<int>(box.y2))};
  if (inside.width() <= 1 || inside.height() <= 1) {
    return 0.0;
  }
  const Frame face = face::crop_resized(frame, inside, kSide, face::ResizeFilter::bilinear);
  double sum = 0.0;
  double squares = 0.0;
  for (int y = 1; y < kSide - 1; ++y) {
    for (int x = 1; x < kSide - 1; ++x) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(x) * 3;
      const double laplacian = brightness(face.row(y - 1) + at) + brightness(face.row(y + 1) + at) +
                               brightness(face.row(y) + at - 3) + brightness(face.row(y) + at + 3) -
                               4.0 * brightness(face.row(y) + at);
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  constexpr double n = (kSide - 2) * (kSide - 2);
  return std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
}

}  // namespace hyportrait::inspection
