// SPDX-License-Identifier: Apache-2.0
#include "detail/weight.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::detail {
namespace {

// Found on real clips (docs/detail.md), the soft ones on the demo bundle's results; px of the
// generator's picture unless said otherwise.
constexpr Tolerance kBand{0.9, 2.5};  // what a blur of this sigma takes away is the low band
constexpr Tolerance kMinCorrelation{0.5, 0.1};   // weight 0
constexpr Tolerance kFullCorrelation{0.9, 0.5};  // weight 1
constexpr double kInconsistency = 5.0;           // squared px of the result: weight 1/e
constexpr Tolerance kMoreOfIt{0.0, 10.0};        // for each px of the result a px drawn
constexpr double kWindow = 3.0;                  // sigma of the neighbourhood that must correlate
constexpr double kSoften = 0.5;                  // sigma of the finished weight
constexpr Tolerance kNoiseOfBand{2.0, 0.0};  // squared levels: a band this weak has a gain of 1/2
constexpr float kMinPower = 1e-3F;           // squared levels
constexpr float kNothing = 1.0F / 256;       // weights below are 0
constexpr float kKept = 0.5F;                // share of the earlier frames' weight
constexpr float kMaxOfNow = 2.0F;            // smoothed weight over this frame's own

cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat result;
  cv::GaussianBlur(image, result, {}, sigma, sigma, cv::BORDER_REFLECT_101);
  return result;
}

cv::Mat low_band(const cv::Mat& image, double sigma) {
  return image - blurred(image, kBand.at(sigma));
}

}  // namespace

double Tolerance::at(double sigma) const {
  return std::lerp(sharp, soft, std::min(sigma, 1.0));
}

TrustMap::TrustMap(cv::Mat low, cv::Mat presence, cv::Size2d scale, double sigma)
    : low_(std::move(low)), presence_(std::move(presence)), scale_(scale), sigma_(sigma) {}

/// exp(-d^2 / c), d the distance between where a pixel began and where both flows bring it.
cv::Mat TrustMap::consistency(const Flow& flow) const {
  const cv::Mat back = moved(flow.back, flow.there, cv::INTER_LINEAR);
  cv::Mat result(flow.there.size(), CV_32FC1);
  const auto tolerated =
      static_cast<float>(kInconsistency + kMoreOfIt.at(sigma_) * std::sqrt(scale_.area()));
  for (int y = 0; y < result.rows; ++y) {
    const auto* there = flow.there.ptr<cv::Vec2f>(y);
    const auto* returned = back.ptr<cv::Vec2f>(y);
    auto* weight = result.ptr<float>(y);
    for (int x = 0; x < result.cols; ++x) {
      const float dx = (there[x][0] + returned[x][0]) * static_cast<float>(scale_.width);
      const float dy = (there[x][1] + returned[x][1]) * static_cast<float>(scale_.height);
      weight[x] = std::exp(-(dx * dx + dy * dy) / tolerated);
    }
  }
  return result;
}

cv::Mat TrustMap::operator()(const cv::Mat& frame, const Flow& flow) {
  const cv::Mat ours = low_band(moved(low_, flow.there, cv::INTER_CUBIC), sigma_);
  const cv::Mat theirs = low_band(frame, sigma_);
  const cv::Mat our_power = blurred(ours.mul(ours), kWindow);
  const cv::Mat their_power = blurred(theirs.mul(theirs), kWindow);
  const cv::Mat common = blurred(ours.mul(theirs), kWindow);
  const cv::Mat presence = moved(presence_, flow.there, cv::INTER_LINEAR);
  const auto min_correlation = static_cast<float>(kMinCorrelation.at(sigma_));
  const auto full_correlation = static_cast<float>(kFullCorrelation.at(sigma_));
  const auto noise = std::max(static_cast<float>(kNoiseOfBand.at(sigma_)), kMinPower);
  cv::Mat weight = consistency(flow);
  for (int y = 0; y < weight.rows; ++y) {
    const auto* pp = our_power.ptr<float>(y);
    const auto* ff = their_power.ptr<float>(y);
    const auto* pf = common.ptr<float>(y);
    const auto* present = presence.ptr<float>(y);
    auto* w = weight.ptr<float>(y);
    for (int x = 0; x < weight.cols; ++x) {
      const float correlation = pf[x] / std::sqrt(pp[x] * ff[x] + kMinPower);
      const float gain = std::clamp(pf[x] / (pp[x] + noise), 0.0F, 1.0F);
      const float alike = std::clamp(
          (correlation - min_correlation) / (full_correlation - min_correlation), 0.0F, 1.0F);
      w[x] *= gain * alike * present[x];
    }
  }
  weight = blurred(weight, kSoften);
  smoothed_ = smoothed_.empty() ? weight : cv::Mat(kKept * smoothed_ + (1 - kKept) * weight);
  cv::Mat result = cv::min(smoothed_, kMaxOfNow * weight);
  result.setTo(0.0F, result < kNothing);
  return result;
}

}  // namespace hyportrait::detail
