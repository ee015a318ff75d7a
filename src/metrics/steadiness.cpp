// SPDX-License-Identifier: Apache-2.0
#include "metrics/steadiness.h"

#include "base/require.h"

#include <cstdlib>
#include <utility>

namespace hyportrait::metrics {
namespace {

constexpr double kRounding = 0.25;  // levels: keeps still stretches from making seams of nothing

}  // namespace

std::optional<double> Flicker::add(const Frame& frame,
                                   const std::optional<face::CropBox>& left_out) {
  if (last_.size() < 2) {
    last_.push_back(frame);
    return std::nullopt;
  }
  require(frame.pixels.size() == last_[0].pixels.size(), "frames of one size are compared");
  const face::CropBox hole = left_out.value_or(face::CropBox{});
  std::int64_t sum = 0;
  std::int64_t values = 0;
  for (int y = 0; y < frame.height; ++y) {
    const bool beside = y < hole.y1 || y >= hole.y2;
    const std::uint8_t* before = last_[0].row(y);
    const std::uint8_t* here = last_[1].row(y);
    const std::uint8_t* after = frame.row(y);
    for (int x = 0; x < frame.width; ++x) {
      if (beside || x < hole.x1 || x >= hole.x2) {
        for (int i = x * 3; i < x * 3 + 3; ++i) {
          sum += std::abs(before[i] - 2 * here[i] + after[i]);
        }
        values += 3;
      }
    }
  }
  sum_ += static_cast<double>(sum);
  values_ += values;
  std::swap(last_[0], last_[1]);
  last_[1] = frame;
  return values == 0 ? std::nullopt
                     : std::optional(static_cast<double>(sum) / static_cast<double>(values));
}

std::optional<double> Flicker::levels() const {
  return values_ == 0 ? std::nullopt : std::optional(sum_ / static_cast<double>(values_));
}

void Steps::add(const Frame& frame) {
  if (last_) {
    require(frame.pixels.size() == last_->pixels.size(), "frames of one size are compared");
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < frame.pixels.size(); ++i) {
      sum += std::abs(frame.pixels[i] - last_->pixels[i]);
    }
    steps_.push_back(static_cast<double>(sum) / static_cast<double>(frame.pixels.size()));
  }
  last_ = frame;
}

std::optional<double> Steps::seam(const std::set<std::int64_t>& borders) const {
  double sum = 0.0;
  int found = 0;
  for (const std::int64_t border : borders) {  // the step onto frame `border` is steps_[border - 1]
    if (border >= 2 && border < static_cast<std::int64_t>(steps_.size())) {
      const auto step = static_cast<std::size_t>(border - 1);
      const double beside = (steps_[step - 1] + steps_[step + 1]) / 2.0;
      sum += (steps_[step] + kRounding) / (beside + kRounding);
      ++found;
    }
  }
  return found == 0 ? std::nullopt : std::optional(sum / found);
}

}  // namespace hyportrait::metrics
