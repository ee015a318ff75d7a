// SPDX-License-Identifier: Apache-2.0
#include "face/align.h"

#include <hyportrait/error.h>

#include <array>
#include <cmath>

namespace hyportrait::face {
namespace {

// ArcFace's five points on 96 x 112, moved by 8 px in x for the square template
// (deepinsight/insightface); in float32, as the original's table is.
constexpr float kShiftX = 8.0F;
constexpr std::array<std::array<float, 2>, 5> kTemplate{{{30.2946F, 51.6963F},
                                                         {65.5318F, 51.5014F},
                                                         {48.0252F, 71.7366F},
                                                         {33.5493F, 92.3655F},
                                                         {62.7299F, 92.2041F}}};

Landmarks template_points() {
  Landmarks points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const float x = kTemplate[i][0] + kShiftX;
    points[i] = {.x = x, .y = kTemplate[i][1]};
  }
  return points;
}

Point mean_of(const Landmarks& points) {
  Point sum;
  for (const Point& p : points) {
    sum.x += p.x;
    sum.y += p.y;
  }
  const auto count = static_cast<double>(points.size());
  return {.x = sum.x / count, .y = sum.y / count};
}

/// A pixel's channels in [0,1]; zeros outside.
std::array<double, 3> pixel_or_zero(const Frame& frame, double x, double y) {
  if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) {
    return {0.0, 0.0, 0.0};
  }
  const std::uint8_t* pixel = frame.at(static_cast<int>(x), static_cast<int>(y));
  return {pixel[0] / 255.0, pixel[1] / 255.0, pixel[2] / 255.0};
}

/// skimage's order 1 (interpolation.pxd): a neighbour outside counts as zero, so the picture's edge
/// fades over one pixel.
std::array<float, 3> sample(const Frame& frame, Point at) {
  const double left = std::floor(at.x);
  const double top = std::floor(at.y);
  const double dx = at.x - left;
  const double dy = at.y - top;
  const auto top_left = pixel_or_zero(frame, left, top);
  const auto top_right = pixel_or_zero(frame, std::ceil(at.x), top);
  const auto bottom_left = pixel_or_zero(frame, left, std::ceil(at.y));
  const auto bottom_right = pixel_or_zero(frame, std::ceil(at.x), std::ceil(at.y));
  std::array<float, 3> value{};
  for (std::size_t c = 0; c < 3; ++c) {
    const double upper = (1 - dx) * top_left[c] + dx * top_right[c];
    const double lower = (1 - dx) * bottom_left[c] + dx * bottom_right[c];
    value[c] = static_cast<float>((1 - dy) * upper + dy * lower);
  }
  return value;
}

}  // namespace

Similarity Similarity::inverse() const {
  const double square = a * a + b * b;
  if (!(square > 0.0)) {
    throw Error(ExitCode::input, "align: a transform of scale 0 has no inverse");
  }
  const double ia = a / square;
  const double ib = -b / square;
  return {.a = ia, .b = ib, .tx = -(ia * tx - ib * ty), .ty = -(ib * tx + ia * ty)};
}

Similarity similarity_transform(const Landmarks& source, const Landmarks& target) {
  const Point source_mean = mean_of(source);
  const Point target_mean = mean_of(target);
  // In two dimensions Umeyama's singular value decomposition has a closed form: the best rotation
  // and scale are the complex number sum(conj(source) target) / sum(|source|^2) of the centred
  // points.
  double along = 0.0;
  double across = 0.0;
  double spread = 0.0;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const Point s{.x = source[i].x - source_mean.x, .y = source[i].y - source_mean.y};
    const Point t{.x = target[i].x - target_mean.x, .y = target[i].y - target_mean.y};
    along += s.x * t.x + s.y * t.y;
    across += s.x * t.y - s.y * t.x;
    spread += s.x * s.x + s.y * s.y;
  }
  if (!(spread > 0.0)) {
    throw Error(
        ExitCode::input,
        "align: the five landmarks of the face coincide; choose another face or give its box");
  }
  const double a = along / spread;
  const double b = across / spread;
  return {.a = a,
          .b = b,
          .tx = target_mean.x - (a * source_mean.x - b * source_mean.y),
          .ty = target_mean.y - (b * source_mean.x + a * source_mean.y)};
}

std::vector<float> align_face(const Frame& frame, const Landmarks& landmarks) {
  const Similarity template_from_picture = similarity_transform(landmarks, template_points());
  const Similarity picture_from_template = template_from_picture.inverse();
  std::vector<float> aligned;
  aligned.reserve(static_cast<std::size_t>(kAlignedSide) * kAlignedSide * 3);
  for (int y = 0; y < kAlignedSide; ++y) {
    for (int x = 0; x < kAlignedSide; ++x) {
      const Point target{.x = static_cast<double>(x), .y = static_cast<double>(y)};
      const std::array<float, 3> value = sample(frame, picture_from_template(target));
      aligned.insert(aligned.end(), value.begin(), value.end());
    }
  }
  return aligned;
}

}  // namespace hyportrait::face
