// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include <array>

namespace hyportrait::face {

using Point = PixelPoint;
using Size = PixelSize;

/// A rectangle by its corners, px.
struct Box {
  double x1 = 0.0;
  double y1 = 0.0;
  double x2 = 0.0;
  double y2 = 0.0;
  [[nodiscard]] double width() const { return x2 - x1; }
  [[nodiscard]] double height() const { return y2 - y1; }
  [[nodiscard]] double area() const { return width() * height(); }
  [[nodiscard]] Point centre() const { return {.x = (x1 + x2) / 2, .y = (y1 + y2) / 2}; }
};

/// A rectangle of whole pixels: columns x1 .. x2 - 1, rows y1 .. y2 - 1; may reach out of its
/// picture.
struct CropBox {
  int x1 = 0;
  int y1 = 0;
  int x2 = 0;
  int y2 = 0;
  [[nodiscard]] int width() const { return x2 - x1; }
  [[nodiscard]] int height() const { return y2 - y1; }
};

/// Left eye, right eye, nose, left and right mouth corner, as the picture shows them.
using Landmarks = std::array<Point, 5>;

/// One detected face in the pixels of the picture it was found in.
struct Face {
  Box box;
  double score = 0.0;  ///< 0..1
  Landmarks landmarks{};
};

}  // namespace hyportrait::face
