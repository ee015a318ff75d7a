// SPDX-License-Identifier: Apache-2.0
#include "detail/resample.h"

#include <opencv2/core/hal/intrin.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hyportrait::detail {
namespace {

double keys(double x) {
  constexpr double a = -0.75;
  x = std::abs(x);
  if (x < 1.0) {
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  }
  return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
}

/// Weights of inputs that lie beyond an end go to the last one there.
Tap folded(int first, const std::vector<double>& weights, int source) {
  const int last = first + static_cast<int>(weights.size()) - 1;
  Tap tap{.first = std::clamp(first, 0, source - 1)};
  const int end = std::clamp(last, 0, source - 1);
  tap.weights.resize(static_cast<std::size_t>(end - tap.first) + 1);
  for (int i = first; i <= last; ++i) {
    const int place = std::clamp(i, 0, source - 1) - tap.first;
    tap.weights[static_cast<std::size_t>(place)] +=
        static_cast<float>(weights[static_cast<std::size_t>(i - first)]);
  }
  return tap;
}

/// A row of pixels by the taps: three channels and a fourth value that is not used, so `source` and
/// `target` end with room for one more.
void mix_pixels(const float* source, const std::vector<Tap>& taps, float* target) {
  for (const Tap& tap : taps) {
    const float* pixel = source + static_cast<std::ptrdiff_t>(tap.first) * 3;
    cv::v_float32x4 sum = cv::v_setzero_f32();
    for (const float weight : tap.weights) {
      sum += cv::v_setall_f32(weight) * cv::v_load(pixel);
      pixel += 3;
    }
    cv::v_store(target, sum);
    target += 3;
  }
}

void add_scaled(std::vector<float>& sum, float weight, const float* row, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    sum[i] += weight * row[i];
  }
}

}  // namespace

std::vector<Tap> linear_taps(int source, int target) {
  std::vector<Tap> taps;
  for (int i = 0; i < target; ++i) {
    const double place = (i + 0.5) * source / target - 0.5;
    const double fraction = place - std::floor(place);
    taps.push_back(folded(static_cast<int>(std::floor(place)), {1 - fraction, fraction}, source));
  }
  return taps;
}

std::vector<Tap> cubic_taps(int source, int target) {
  std::vector<Tap> taps;
  for (int i = 0; i < target; ++i) {
    const double place = (i + 0.5) * source / target - 0.5;
    const double t = place - std::floor(place);
    taps.push_back(folded(static_cast<int>(std::floor(place)) - 1,
                          {keys(1 + t), keys(t), keys(1 - t), keys(2 - t)},
                          source));
  }
  return taps;
}

std::vector<Tap> area_taps(int source, int target) {
  const double share = static_cast<double>(source) / target;
  std::vector<Tap> taps;
  for (int i = 0; i < target; ++i) {
    const double begin = i * share;
    const double end = (i + 1) * share;
    std::vector<double> weights;
    const int first = static_cast<int>(std::floor(begin));
    for (int j = first; j < end; ++j) {
      weights.push_back((std::min<double>(j + 1, end) - std::max<double>(j, begin)) / share);
    }
    taps.push_back(folded(first, weights, source));
  }
  return taps;
}

cv::Mat resampled_rows(const cv::Mat& image,
                       const std::vector<Tap>& columns,
                       const std::vector<Tap>& rows,
                       cv::Range range) {
  const auto values = static_cast<std::size_t>(image.cols) * 3;
  std::vector<float> mixed(values + 1);
  std::vector<float> line(columns.size() * 3 + 1);
  cv::Mat result(range.size(), static_cast<int>(columns.size()), CV_32FC3);
  for (int y = range.start; y < range.end; ++y) {
    const Tap& row = rows[static_cast<std::size_t>(y)];
    std::fill(mixed.begin(), mixed.end(), 0.0F);
    for (std::size_t k = 0; k < row.weights.size(); ++k) {
      const auto* source = image.ptr<float>(row.first + static_cast<int>(k));
      add_scaled(mixed, row.weights[k], source, values);
    }
    mix_pixels(mixed.data(), columns, line.data());
    std::copy(line.begin(), line.end() - 1, result.ptr<float>(y - range.start));
  }
  return result;
}

RowsDown::RowsDown(const std::vector<Tap>& columns, const std::vector<Tap>& rows, int source_width)
    : columns_(columns),
      rows_(rows),
      sum_(static_cast<std::size_t>(source_width) * 3 + 1),
      line_(columns.size() * 3 + 1),
      result_(static_cast<int>(rows.size()), static_cast<int>(columns.size()), CV_32FC3) {}

void RowsDown::finish_row() {
  mix_pixels(sum_.data(), columns_, line_.data());
  std::copy(line_.begin(), line_.end() - 1, result_.ptr<float>(static_cast<int>(target_)));
  std::fill(sum_.begin(), sum_.end(), 0.0F);
  ++target_;
}

void RowsDown::add(const float* row) {
  // A source row belongs to one target row, or to two where it lies across their border.
  while (target_ < rows_.size() && source_ >= rows_[target_].first) {
    const Tap& tap = rows_[target_];
    const auto place = static_cast<std::size_t>(source_ - tap.first);
    add_scaled(sum_, tap.weights[place], row, sum_.size() - 1);
    if (place + 1 < tap.weights.size()) {
      break;
    }
    finish_row();
  }
  ++source_;
}

}  // namespace hyportrait::detail
