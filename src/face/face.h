// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace hyportrait::face {

struct Point {
  double x = 0.0;  ///< px, to the right
  double y = 0.0;  ///< px, down
};

/// A rectangle by its corners, px.
struct Box {
  double x1 = 0.0;
  double y1 = 0.0;
  double x2 = 0.0;
  double y2 = 0.0;
  [[nodiscard]] double width() const { return x2 - x1; }
  [[nodiscard]] double height() const { return y2 - y1; }
  [[nodiscard]] double area() const { return width() * height(); }
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
