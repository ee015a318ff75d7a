// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "detail/flow.h"

namespace hyportrait::detail {

/// A constant that depends on how much softer than its size a generator draws: `sharp` at a sigma
/// of 0 px, `soft` at 1 px and above.
struct Tolerance {
  double sharp = 0.0;
  double soft = 0.0;

  [[nodiscard]] double at(double sigma) const;
};

/// How far the detail that the flow points at is to be trusted at each pixel: 0 (not at all) to 1,
/// CV_32FC1. Four factors: the flow returns to where it began; the low band, which the frame and
/// the moved portrait both have, correlates; that band's least-squares gain; and whether there is
/// detail at all.
class TrustMap final {
 public:
  /// `low`: the portrait's low version, CV_32FC1. `presence`: share of the portrait's detail that
  /// is more than noise, 0 to 1, CV_32FC1 of the same size. `scale`: px of the result for one of
  /// these, across and down. `sigma`: px of the blur in `low` beyond its size's. A generator that
  /// draws that much softer also draws less exactly, so more is tolerated.
  TrustMap(cv::Mat low, cv::Mat presence, cv::Size2d scale, double sigma);

  /// `frame`: CV_32FC1 of low's size; the next one in time, for weights are smoothed over it.
  cv::Mat operator()(const cv::Mat& frame, const Flow& flow);

 private:
  [[nodiscard]] cv::Mat consistency(const Flow& flow) const;

  cv::Mat low_;
  cv::Mat presence_;
  cv::Size2d scale_;
  double sigma_;
  cv::Mat smoothed_;  ///< empty before the first frame
};

}  // namespace hyportrait::detail
