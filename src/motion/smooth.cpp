// SPDX-License-Identifier: Apache-2.0
#include "motion/smooth.h"

#include <torch/types.h>

#include <cmath>

namespace hyportrait::motion {
namespace {

const double kSigmaOfWidth = 1.0 / std::sqrt(8.0 * std::log(2.0));  // of a Gaussian's half maximum
constexpr double kReach = 4.0;                                      // sigmas

double middle(const FrameTime& time) {
  return time.pts_seconds + time.duration_seconds / 2;
}

}  // namespace

torch::Tensor smooth(const torch::Tensor& values,
                     const std::vector<FrameTime>& times,
                     double seconds) {
  if (seconds <= 0.0) {
    return values;
  }
  const double sigma = seconds * kSigmaOfWidth;
  torch::Tensor result = torch::empty_like(values);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double now = middle(times[i]);
    while (middle(times[begin]) < now - kReach * sigma) {
      ++begin;
    }
    std::vector<double> weights;
    double sum = 0.0;
    for (std::size_t j = begin;
         j < times.size() && (j <= i || middle(times[j]) <= now + kReach * sigma);
         ++j) {
      const double distance = (middle(times[j]) - now) / sigma;
      weights.push_back(times[j].duration_seconds * std::exp(-distance * distance / 2));
      sum += weights.back();
    }
    const auto first = static_cast<std::int64_t>(begin);
    const auto count = static_cast<std::int64_t>(weights.size());
    result[static_cast<std::int64_t>(i)] = torch::mv(values.slice(0, first, first + count).t(),
                                                     torch::tensor(weights, torch::kDouble)) /
                                           sum;
  }
  return result;
}

std::vector<face::Landmarks> smooth(const std::vector<face::Landmarks>& landmarks,
                                    const std::vector<FrameTime>& times,
                                    double seconds) {
  return seconds <= 0.0 ? landmarks : as_landmarks(smooth(as_rows(landmarks), times, seconds));
}

torch::Tensor as_rows(const std::vector<face::Landmarks>& landmarks) {
  std::vector<double> flat;
  for (const face::Landmarks& points : landmarks) {
    for (const face::Point& point : points) {
      flat.insert(flat.end(), {point.x, point.y});
    }
  }
  return torch::tensor(flat, torch::kDouble)
      .view({static_cast<std::int64_t>(landmarks.size()), -1});
}

std::vector<face::Landmarks> as_landmarks(const torch::Tensor& rows) {
  std::vector<face::Landmarks> landmarks(static_cast<std::size_t>(rows.size(0)));
  const torch::Tensor flat = rows.contiguous();
  const auto* value = flat.const_data_ptr<double>();
  for (face::Landmarks& points : landmarks) {
    for (face::Point& point : points) {
      point.x = *value++;
      point.y = *value++;
    }
  }
  return landmarks;
}

}  // namespace hyportrait::motion
