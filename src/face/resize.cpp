// SPDX-License-Identifier: Apache-2.0
#include "face/resize.h"

#include "base/require.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace hyportrait::face {
namespace {

// Pillow's fixed point (Resample.c): 8 bits of result, 2 of headroom for negative lobes, the rest
// fraction.
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr int kHalf = 1 << (kPrecisionBits - 1);

double triangle(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

double keys_cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) {
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  }
  return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
}

/// Which source pixels make an output pixel, and with what weights.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;  ///< fixed point
};

std::vector<Taps> filter_taps(int source_size, int target_size, ResizeFilter filter) {
  const bool cubic = filter == ResizeFilter::bicubic;
  const double scale = static_cast<double>(source_size) / target_size;
  const double filter_scale = std::max(scale, 1.0);
  const double inverse_filter_scale = 1.0 / filter_scale;
  const double support = (cubic ? 2.0 : 1.0) * filter_scale;
  std::vector<Taps> taps(static_cast<std::size_t>(target_size));
  std::vector<double> weights;
  for (int i = 0; i < target_size; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(std::floor(centre - support + 0.5)), 0);
    const int last = std::min(static_cast<int>(std::floor(centre + support + 0.5)), source_size);
    weights.clear();
    double sum = 0.0;
    for (int x = first; x < last; ++x) {
      const double position = (x - centre + 0.5) * inverse_filter_scale;
      weights.push_back(cubic ? keys_cubic(position) : triangle(position));
      sum += weights.back();
    }
    Taps& tap = taps[static_cast<std::size_t>(i)];
    tap.first = first;
    for (const double weight : weights) {
      const double fixed = (sum != 0.0 ? weight / sum : weight) * (1 << kPrecisionBits);
      tap.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
  }
  return taps;
}

std::uint8_t to_level(std::int32_t fixed) {
  return static_cast<std::uint8_t>(std::clamp(fixed >> kPrecisionBits, 0, 255));
}

Frame resize_rows(const Frame& frame, int width, ResizeFilter filter) {
  const std::vector<Taps> taps = filter_taps(frame.width, width, filter);
  Frame result = Frame::black(width, frame.height);
  for (int y = 0; y < frame.height; ++y) {
    std::uint8_t* target = result.row(y);
    for (const Taps& tap : taps) {
      const std::uint8_t* pixel = frame.at(tap.first, y);
      std::int32_t red = kHalf;
      std::int32_t green = kHalf;
      std::int32_t blue = kHalf;
      for (const std::int32_t weight : tap.weights) {
        red += pixel[0] * weight;
        green += pixel[1] * weight;
        blue += pixel[2] * weight;
        pixel += 3;
      }
      target[0] = to_level(red);
      target[1] = to_level(green);
      target[2] = to_level(blue);
      target += 3;
    }
  }
  return result;
}

Frame resize_columns(const Frame& frame, int height, ResizeFilter filter) {
  const std::vector<Taps> taps = filter_taps(frame.height, height, filter);
  Frame result = Frame::black(frame.width, height);
  const std::size_t row_values = static_cast<std::size_t>(frame.width) * 3;
  std::vector<std::int32_t> sums(row_values);
  for (int y = 0; y < height; ++y) {
    const Taps& tap = taps[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), kHalf);
    int source_y = tap.first;
    for (const std::int32_t weight : tap.weights) {
      const std::uint8_t* source = frame.row(source_y++);
      for (std::size_t i = 0; i < row_values; ++i) {
        sums[i] += source[i] * weight;
      }
    }
    std::transform(sums.begin(), sums.end(), result.row(y), to_level);
  }
  return result;
}

}  // namespace

Frame resize_antialiased(const Frame& frame, Size size, ResizeFilter filter) {
  require(frame.width > 0 && frame.height > 0 && size.width > 0 && size.height > 0,
          "resize of or to an empty picture");
  Frame result = frame.width == size.width ? frame : resize_rows(frame, size.width, filter);
  if (frame.height != size.height) {
    result = resize_columns(result, size.height, filter);
  }
  result.pts_seconds = frame.pts_seconds;
  result.duration_seconds = frame.duration_seconds;
  return result;
}

Size scaled_to_height(Size size, int height) {
  const double width = static_cast<double>(size.width) * height / size.height;
  return {std::max(1, static_cast<int>(std::lround(width))), height};
}

Frame resize_plain(const Frame& frame, Size size) {
  require(frame.width > 0 && frame.height > 0 && size.width > 0 && size.height > 0,
          "resize of or to an empty picture");
  Frame result = Frame::black(size.width, size.height);
  // OpenCV has no const Mat; it only reads this one.
  const cv::Mat source(
      frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.pixels.data()));
  cv::Mat target(size.height, size.width, CV_8UC3, result.pixels.data());
  cv::resize(source, target, target.size(), 0, 0, cv::INTER_LINEAR);
  result.pts_seconds = frame.pts_seconds;
  result.duration_seconds = frame.duration_seconds;
  return result;
}

}  // namespace hyportrait::face
