// SPDX-License-Identifier: Apache-2.0
#include "detail/resample.h"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include <utility>

namespace hyportrait::detail {
namespace {

cv::Mat random_picture(int width, int height) {
  cv::Mat picture(height, width, CV_32FC3);
  cv::theRNG().state = 7;
  cv::randu(picture, 0, 255);
  return picture;
}

double max_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

cv::Mat by_opencv(const cv::Mat& picture, cv::Size size, int interpolation) {
  cv::Mat result;
  cv::resize(picture, result, size, 0, 0, interpolation);
  return result;
}

cv::Mat down(const cv::Mat& picture, cv::Size size) {
  const std::vector<Tap> columns = area_taps(picture.cols, size.width);
  const std::vector<Tap> rows = area_taps(picture.rows, size.height);
  RowsDown scaled(columns, rows, picture.cols);
  for (int y = 0; y < picture.rows; ++y) {
    scaled.add(picture.ptr<float>(y));
  }
  return scaled.result();
}

TEST(Resample, RowsAreThoseOfOpenCv) {
  const cv::Mat picture = random_picture(19, 16);
  for (const cv::Size size : {cv::Size(50, 61), cv::Size(19, 16), cv::Size(38, 48)}) {
    for (const auto& [taps, interpolation] :
         {std::pair{&linear_taps, cv::INTER_LINEAR}, std::pair{&cubic_taps, cv::INTER_CUBIC}}) {
      const cv::Mat rows = resampled_rows(
          picture, taps(picture.cols, size.width), taps(picture.rows, size.height), {5, 16});
      const cv::Mat expected = by_opencv(picture, size, interpolation);
      EXPECT_LT(max_difference(rows, expected.rowRange(5, 16)), 0.01);
    }
  }
}

TEST(Resample, RowsDownIsTheMeanOfTheArea) {
  const cv::Mat picture = random_picture(50, 61);
  for (const cv::Size size : {cv::Size(25, 20), cv::Size(50, 61), cv::Size(49, 17)}) {
    EXPECT_LT(max_difference(down(picture, size), by_opencv(picture, size, cv::INTER_AREA)), 0.01);
  }
}

}  // namespace
}  // namespace hyportrait::detail
