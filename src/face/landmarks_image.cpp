// SPDX-License-Identifier: Apache-2.0
#include "face/landmarks_image.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace hyportrait::face {
namespace {

using Level = std::array<int, 3>;

struct Line {
  Point from;
  Point to;
  double radius = 0.0;
  Level colour{};
};

double distance_to(const Line& line, Point p) {
  const double dx = line.to.x - line.from.x;
  const double dy = line.to.y - line.from.y;
  const double square = dx * dx + dy * dy;
  const double along = (p.x - line.from.x) * dx + (p.y - line.from.y) * dy;
  const double part = square > 0.0 ? std::clamp(along / square, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - line.from.x - part * dx, p.y - line.from.y - part * dy);
}

/// Columns or rows that a line can touch, inside 0 .. length.
std::array<int, 2> touched(double a, double b, double radius, int length) {
  const double low = std::clamp(std::min(a, b) - radius - 1, 0.0, static_cast<double>(length));
  const double high = std::clamp(std::max(a, b) + radius + 1, 0.0, static_cast<double>(length));
  return {static_cast<int>(low), static_cast<int>(std::ceil(high))};
}

void draw(Frame& frame, const Line& line) {
  const auto [x1, x2] = touched(line.from.x, line.to.x, line.radius, frame.width);
  const auto [y1, y2] = touched(line.from.y, line.to.y, line.radius, frame.height);
  for (int y = y1; y < y2; ++y) {
    std::uint8_t* pixel = frame.at(x1, y);
    for (int x = x1; x < x2; ++x, pixel += 3) {
      const double distance = distance_to(line, {.x = x + 0.5, .y = y + 0.5});
      const double cover = std::clamp(line.radius + 0.5 - distance, 0.0, 1.0);
      for (std::size_t c = 0; c < 3; ++c) {
        const auto level = static_cast<std::uint8_t>(std::lround(cover * line.colour[c]));
        pixel[c] = std::max(pixel[c], level);
      }
    }
  }
}

}  // namespace

Frame landmarks_image(Size size, const Landmarks& landmarks) {
  constexpr std::array<std::array<std::size_t, 2>, 6> kLines{
      {{0, 1}, {0, 2}, {1, 2}, {2, 3}, {2, 4}, {3, 4}}};
  constexpr std::array<Level, 5> kColours{
      {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 0}, {255, 0, 255}}};
  constexpr Level kGrey{128, 128, 128};
  const double shorter = std::min(size.width, size.height);
  Frame frame = Frame::black(size.width, size.height);
  for (const auto& [from, to] : kLines) {
    draw(frame,
         {.from = landmarks[from], .to = landmarks[to], .radius = shorter / 128, .colour = kGrey});
  }
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    draw(frame,
         {.from = landmarks[i], .to = landmarks[i], .radius = shorter / 64, .colour = kColours[i]});
  }
  return frame;
}

Landmarks crop_from_picture(const Landmarks& landmarks, const CropBox& box, int side) {
  Landmarks result;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    result[i] = {.x = (landmarks[i].x - box.x1) * side / box.width(),
                 .y = (landmarks[i].y - box.y1) * side / box.height()};
  }
  return result;
}

}  // namespace hyportrait::face
