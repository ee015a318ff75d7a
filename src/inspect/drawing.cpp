// SPDX-License-Identifier: Apache-2.0
#include "inspect/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hyportrait::inspection {
namespace {

// Digits of 3 x 5 cells, rows from the top, the left cell is the highest bit.
constexpr std::array<std::array<int, 5>, 10> kDigits{{{7, 5, 5, 5, 7},
                                                      {2, 6, 2, 2, 7},
                                                      {7, 1, 7, 4, 7},
                                                      {7, 1, 7, 1, 7},
                                                      {5, 5, 7, 1, 1},
                                                      {7, 4, 7, 1, 7},
                                                      {7, 4, 7, 5, 7},
                                                      {7, 1, 1, 1, 1},
                                                      {7, 5, 7, 5, 7},
                                                      {7, 5, 7, 1, 7}}};

void fill(Frame& frame, face::CropBox box, Colour colour) {
  for (int y = std::max(0, box.y1); y < std::min(frame.height, box.y2); ++y) {
    for (int x = std::max(0, box.x1); x < std::min(frame.width, box.x2); ++x) {
      std::uint8_t* pixel = frame.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
      pixel[0] = colour.red;
      pixel[1] = colour.green;
      pixel[2] = colour.blue;
    }
  }
}

int rounded(double value) {
  return static_cast<int>(std::lround(std::clamp(value, -1e6, 1e6)));
}

}  // namespace

int line_width(const Frame& frame) {
  return std::max(1, std::min(frame.width, frame.height) / 160);
}

void draw_box(Frame& frame, const face::Box& box, Colour colour, int width) {
  const int x1 = rounded(box.x1);
  const int y1 = rounded(box.y1);
  const int x2 = rounded(box.x2);
  const int y2 = rounded(box.y2);
  fill(frame, {x1, y1, x2, y1 + width}, colour);
  fill(frame, {x1, y2 - width, x2, y2}, colour);
  fill(frame, {x1, y1, x1 + width, y2}, colour);
  fill(frame, {x2 - width, y1, x2, y2}, colour);
}

void draw_dot(Frame& frame, face::Point centre, Colour colour, int radius) {
  const int x = rounded(centre.x);
  const int y = rounded(centre.y);
  for (int dy = -radius; dy <= radius; ++dy) {
    const int dx = rounded(std::sqrt(radius * radius - dy * dy));
    fill(frame, {x - dx, y + dy, x + dx + 1, y + dy + 1}, colour);
  }
}

void draw_number(Frame& frame, int number, face::Point corner, Colour colour, int height) {
  const int cell = std::max(1, height / 5);
  int left = rounded(corner.x);
  for (const char digit : std::to_string(number)) {
    for (int row = 0; row < 5; ++row) {
      for (int column = 0; column < 3; ++column) {
        if ((kDigits[static_cast<std::size_t>(digit - '0')][static_cast<std::size_t>(row)] >>
                 (2 - column) &
             1) != 0) {
          const int x = left + column * cell;
          const int y = rounded(corner.y) + row * cell;
          fill(frame, {x, y, x + cell, y + cell}, colour);
        }
      }
    }
    left += 4 * cell;
  }
}

}  // namespace hyportrait::inspection
