// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>

#include <vector>

namespace hyportrait::detail {

/// One output sample along an axis: the inputs `first`, `first` + 1, ... by `weights`, which sum to
/// 1. Beyond the ends the last input counts.
struct Tap {
  int first = 0;
  std::vector<float> weights;
};

/// From `source` to `target` samples along an axis that both cover; sample i is centred at i + 1/2.
std::vector<Tap> linear_taps(int source, int target);
/// Keys' cubic with a = -0.75, OpenCV's kernel.
std::vector<Tap> cubic_taps(int source, int target);
/// The mean over a target sample's share of the axis; target <= source.
std::vector<Tap> area_taps(int source, int target);

/// Rows [first, last) of `image` (CV_32FC3) resampled by `rows` and `columns`: a full picture is
/// never held.
cv::Mat resampled_rows(const cv::Mat& image,
                       const std::vector<Tap>& columns,
                       const std::vector<Tap>& rows,
                       cv::Range range);

/// Scales a picture down that arrives row by row, from the top.
class RowsDown final {
 public:
  /// `columns` and `rows` are area_taps; the result is rows.size() x columns.size(), CV_32FC3.
  RowsDown(const std::vector<Tap>& columns, const std::vector<Tap>& rows, int source_width);

  /// `row`: source_width * 3 values.
  void add(const float* row);
  [[nodiscard]] const cv::Mat& result() const { return result_; }

 private:
  void finish_row();

  const std::vector<Tap>& columns_;
  const std::vector<Tap>& rows_;
  std::vector<float> sum_;   ///< of the target row that is being made
  std::vector<float> line_;  ///< that row
  std::size_t target_ = 0;   ///< which that is
  int source_ = 0;           ///< the next row to come
  cv::Mat result_;
};

}  // namespace hyportrait::detail
