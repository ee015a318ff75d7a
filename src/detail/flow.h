// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>

namespace hyportrait::detail {

/// Dense optical flow between two pictures, both ways, in px: `there` says for each pixel of the
/// frame how far away its counterpart in the portrait is, `back` the reverse. Both CV_32FC2.
struct Flow {
  cv::Mat there;
  cv::Mat back;
};

/// By dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016).
/// Both CV_8UC1 of one size, each side at least kMinFlowSide. Same bits for any number of threads.
Flow find_flow(const cv::Mat& frame, const cv::Mat& portrait);

/// Takes the jitter out of a still place's flow: where `flow` differs from the frame before by less
/// than a twentieth of a px it stays nearly as it was, where it moves it is left alone. CV_32FC2.
void steady(cv::Mat& flow, const cv::Mat& before);

inline constexpr int kMinFlowSide = 16;  // px: two patches

/// `image` read at (x, y) + flow(x, y), its border repeated. `interpolation` is OpenCV's.
cv::Mat moved(const cv::Mat& image, const cv::Mat& flow, int interpolation);

}  // namespace hyportrait::detail
