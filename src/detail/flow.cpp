// SPDX-License-Identifier: Apache-2.0
#include "detail/flow.h"

#include "base/require.h"

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include <algorithm>
#include <mutex>

namespace hyportrait::detail {
namespace {

// Patches of 8 px every 5 px, refined down to full resolution. Measured on real clips
// (docs/detail.md): ending at half the resolution costs 0.4 dB, the variational refinement brings
// 0.1 dB at 192 px and nothing from 256 px on, where it takes as long as the search.
constexpr int kPatch = 8;
constexpr int kStride = 5;
constexpr int kWideStride = 6;      // above kMaxDenseSide: a quarter less time for 0.02 dB
constexpr int kMaxDenseSide = 384;  // px
constexpr int kDescentSteps = 8;
constexpr int kRefinements = 2;
constexpr int kMaxRefinedSide = 224;  // px
constexpr float kJitter = 0.05F;      // px: a step of this size is halved

/// While one lives OpenCV works with one thread: the search propagates along stripes, one for each
/// thread, so its bits depend on their number. The number is the process's, hence the count.
class OneOpenCvThread final {
 public:
  OneOpenCvThread() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) {
      before_ = cv::getNumThreads();
      cv::setNumThreads(1);
    }
  }
  ~OneOpenCvThread() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) {
      cv::setNumThreads(before_);
    }
  }
  OneOpenCvThread(const OneOpenCvThread&) = delete;
  OneOpenCvThread& operator=(const OneOpenCvThread&) = delete;

 private:
  static inline std::mutex mutex_;
  static inline int users_ = 0;
  static inline int before_ = 0;
};

}  // namespace

Flow find_flow(const cv::Mat& frame, const cv::Mat& portrait) {
  require(frame.size() == portrait.size() && frame.type() == CV_8UC1 &&
              portrait.type() == CV_8UC1 && std::min(frame.cols, frame.rows) >= kMinFlowSide,
          "flow between two grey pictures of one size");
  const OneOpenCvThread one_thread;
  const auto search = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
  search->setFinestScale(0);
  search->setPatchSize(kPatch);
  const int side = std::max(frame.cols, frame.rows);
  search->setPatchStride(side <= kMaxDenseSide ? kStride : kWideStride);
  search->setGradientDescentIterations(kDescentSteps);
  search->setVariationalRefinementIterations(side <= kMaxRefinedSide ? kRefinements : 0);
  Flow flow;
  search->calc(frame, portrait, flow.there);
  search->calc(portrait, frame, flow.back);
  return flow;
}

void steady(cv::Mat& flow, const cv::Mat& before) {
  for (int y = 0; y < flow.rows; ++y) {
    auto* now = flow.ptr<cv::Vec2f>(y);
    const auto* then = before.ptr<cv::Vec2f>(y);
    for (int x = 0; x < flow.cols; ++x) {
      const cv::Vec2f step = now[x] - then[x];
      const float squared = step.dot(step);
      now[x] = then[x] + step * (squared / (squared + kJitter * kJitter));
    }
  }
}

cv::Mat moved(const cv::Mat& image, const cv::Mat& flow, int interpolation) {
  cv::Mat places(flow.size(), CV_32FC2);
  for (int y = 0; y < flow.rows; ++y) {
    const auto* step = flow.ptr<cv::Vec2f>(y);
    auto* place = places.ptr<cv::Vec2f>(y);
    for (int x = 0; x < flow.cols; ++x) {
      place[x] = {static_cast<float>(x) + step[x][0], static_cast<float>(y) + step[x][1]};
    }
  }
  cv::Mat result;
  cv::remap(image, result, places, cv::noArray(), interpolation, cv::BORDER_REPLICATE);
  return result;
}

}  // namespace hyportrait::detail
