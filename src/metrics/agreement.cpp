// SPDX-License-Identifier: Apache-2.0
#include "metrics/agreement.h"

#include "base/require.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::metrics {
namespace {

// Below this share of the vectors' own size, what moves is rounding.
constexpr double kStill = 1e-9;

}  // namespace

void Agreement::add(std::span<const float> result, std::span<const float> driver) {
  result_sum_.resize(result.size());
  driver_sum_.resize(driver.size());
  require(result.size() == driver.size(), "vectors of one length are compared");
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double r = result[i];
    const double d = driver[i];
    result_sum_[i] += r;
    driver_sum_[i] += d;
    result_squares_ += r * r;
    driver_squares_ += d * d;
    products_ += r * d;
  }
  ++frames_;
}

Agreement::Moments Agreement::moments() const {
  Moments moments{.result = result_squares_, .driver = driver_squares_, .both = products_};
  const double n = static_cast<double>(frames_);
  for (std::size_t i = 0; i < result_sum_.size(); ++i) {
    moments.result -= result_sum_[i] * result_sum_[i] / n;
    moments.driver -= driver_sum_[i] * driver_sum_[i] / n;
    moments.both -= result_sum_[i] * driver_sum_[i] / n;
  }
  return moments;
}

std::optional<double> Agreement::correlation() const {
  const Moments m = moments();
  if (frames_ < 2 || m.result <= kStill * result_squares_ || m.driver <= kStill * driver_squares_) {
    return std::nullopt;
  }
  return m.both / std::sqrt(m.result * m.driver);
}

std::optional<double> Agreement::distance() const {
  const Moments m = moments();
  if (frames_ < 2 || m.driver <= kStill * driver_squares_) {
    return std::nullopt;
  }
  return std::sqrt(std::max(0.0, m.result + m.driver - 2.0 * m.both) / m.driver);
}

std::optional<double> Agreement::distance_of(std::span<const float> result,
                                             std::span<const float> driver) const {
  const Moments m = moments();
  if (frames_ < 2 || m.driver <= kStill * driver_squares_) {
    return std::nullopt;
  }
  const double n = static_cast<double>(frames_);
  double squares = 0.0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double moved = result[i] - result_sum_[i] / n;
    const double wanted = driver[i] - driver_sum_[i] / n;
    squares += (moved - wanted) * (moved - wanted);
  }
  return std::sqrt(squares / (m.driver / n));
}

}  // namespace hyportrait::metrics
