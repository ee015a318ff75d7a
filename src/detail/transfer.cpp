// SPDX-License-Identifier: Apache-2.0
#include "detail/transfer.h"

#include "base/require.h"
#include "detail/flow.h"
#include "detail/resample.h"
#include "detail/weight.h"
#include "face/face.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace hyportrait::detail {
namespace {

// Of the result that are worked on together: of a large portrait a few MB.
constexpr int kColumnsTogether = 128;
constexpr int kRowsTogether = 64;
constexpr float kAgainstSoftening = 1.07F;   // interpolation along the flow takes so much away
constexpr Tolerance kProjection{2.0, 0.55};  // weight of the back-projection over the detail's
constexpr float kFixedPoint = 64.0F;         // of what is added: 1/64 level
constexpr float kMaxFixed = 32767.0F;
constexpr double kNoiseWindow = 4.0;  // sigma, px of the portrait
constexpr double kNoiseShare = 0.2;   // of the picture is taken to show noise only
constexpr float kMinNoise = 0.1F;     // squared levels: what rounding makes
constexpr float kFaintDetail = 0.1F;  // squared levels: weight 1/2

/// OpenCV has no const Mat; this one is only read.
cv::Mat view(const Frame& frame) {
  return {frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.pixels.data())};
}

cv::Mat grey(const Frame& frame) {
  cv::Mat result;
  cv::cvtColor(view(frame), result, cv::COLOR_RGB2GRAY);
  return result;
}

cv::Mat real(const cv::Mat& levels) {
  cv::Mat result;
  levels.convertTo(result, CV_32F);
  return result;
}

/// Mean of the channels.
cv::Mat mean_of(const cv::Mat& image) {
  cv::Mat result;
  cv::transform(image, result, cv::Matx13f(1 / 3.0F, 1 / 3.0F, 1 / 3.0F));
  return result;
}

cv::Mat power_of(const cv::Mat& high) {
  cv::Mat power = mean_of(high.mul(high));
  cv::GaussianBlur(power, power, {}, kNoiseWindow, kNoiseWindow, cv::BORDER_REFLECT_101);
  return power;
}

/// What a fifth of the photographed places stay below.
float noise_floor(const cv::Mat& power) {
  std::vector<float> values;
  std::copy_if(power.begin<float>(), power.end<float>(), std::back_inserter(values), [](float v) {
    return v > kMinNoise;
  });
  if (values.empty()) {
    return kMinNoise;
  }
  const auto at = values.begin() +
                  static_cast<std::ptrdiff_t>(kNoiseShare * static_cast<double>(values.size()));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// Shrinks `high` by the share of its power that is noise (Wiener), and returns the power that is
/// left.
cv::Mat take_noise_away(cv::Mat& high) {
  cv::Mat power = power_of(high);
  const float floor = noise_floor(power);
  for (int y = 0; y < high.rows; ++y) {
    auto* value = high.ptr<cv::Vec3f>(y);
    auto* local = power.ptr<float>(y);
    for (int x = 0; x < high.cols; ++x) {
      const float share = std::max(0.0F, 1 - floor / std::max(local[x], 1e-3F));
      value[x] *= share;
      local[x] *= share * share;
    }
  }
  return power;
}

Frame blurred(const Frame& frame, double sigma) {
  Frame result = frame;
  if (sigma > 0.0) {
    cv::Mat target = view(result);
    cv::GaussianBlur(view(frame), target, {}, sigma, sigma, cv::BORDER_REFLECT_101);
  }
  return result;
}

std::uint8_t rounded_level(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

cv::Mat scaled_down(const cv::Mat& image, cv::Size size) {
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, cv::INTER_AREA);
  return result;
}

}  // namespace

/// A generated frame at its own size.
struct LowFrame {
  cv::Mat levels;  ///< CV_32FC3
  cv::Mat motion;  ///< flow in px of the result, and weight; CV_32FC3
};

struct DetailTransfer::Impl {
  Impl(const Frame& portrait, const Frame& low, const DetailSettings& settings);

  [[nodiscard]] cv::Mat moved_high(const cv::Mat& steps, int first) const;
  void scale_and_move(const LowFrame& low, cv::Range rows, Frame& scaled, RowsDown& down);

  face::Size full;
  float strength;
  float projection;
  cv::Mat grey_low;  ///< CV_8UC1
  cv::Mat high;      ///< portrait - low, without its noise; CV_32FC3, full size
  cv::Mat lost;      ///< what of `high` shows at low's size; CV_32FC3
  std::optional<TrustMap> trust;
  cv::Mat flow_before;  ///< of the frame before, empty before the first
  std::vector<Tap> linear_x, linear_y, cubic_x, cubic_y, area_x, area_y;
  cv::Mat fine;        ///< weight * moved high, CV_16SC3, in 1/64 level
  cv::Mat correction;  ///< of the back-projection; CV_32FC3 of low's size
  double weights = 0.0;
  std::int64_t frames = 0;
};

DetailTransfer::Impl::Impl(const Frame& portrait, const Frame& low, const DetailSettings& settings)
    : full{portrait.width, portrait.height},
      strength(static_cast<float>(settings.strength)),
      projection(static_cast<float>(kProjection.at(settings.sigma))),
      grey_low(grey(low)),
      linear_x(linear_taps(low.width, full.width)),
      linear_y(linear_taps(low.height, full.height)),
      cubic_x(cubic_taps(low.width, full.width)),
      cubic_y(cubic_taps(low.height, full.height)),
      area_x(area_taps(full.width, low.width)),
      area_y(area_taps(full.height, low.height)),
      fine(full.height, full.width, CV_16SC3) {
  const cv::Mat levels = real(view(low));
  const cv::Mat up = resampled_rows(levels, cubic_x, cubic_y, {0, full.height});
  high = real(view(portrait)) - up;
  const cv::Mat power = scaled_down(take_noise_away(high), levels.size());
  lost = scaled_down(high + up, levels.size()) - levels;
  const cv::Mat presence = power / (power + kFaintDetail);
  trust.emplace(mean_of(levels),
                presence,
                cv::Size2d(static_cast<double>(full.width) / low.width,
                           static_cast<double>(full.height) / low.height),
                settings.sigma);
}

/// `high` moved along some rows of the motion, which begin at `first`; 0 where there is no weight.
cv::Mat DetailTransfer::Impl::moved_high(const cv::Mat& steps, int first) const {
  cv::Mat values = cv::Mat::zeros(steps.size(), CV_32FC3);
  for (int left = 0; left < steps.cols; left += kColumnsTogether) {
    const cv::Range columns(left, std::min(left + kColumnsTogether, steps.cols));
    const cv::Mat part = steps.colRange(columns);
    cv::Mat places(part.size(), CV_32FC2);
    float max_weight = 0.0F;
    for (int y = 0; y < part.rows; ++y) {
      const auto* step = part.ptr<cv::Vec3f>(y);
      auto* place = places.ptr<cv::Vec2f>(y);
      for (int x = 0; x < part.cols; ++x) {
        place[x] = {static_cast<float>(left + x) + step[x][0],
                    static_cast<float>(first + y) + step[x][1]};
        max_weight = std::max(max_weight, step[x][2]);
      }
    }
    if (max_weight > 0.0F) {
      cv::Mat part_values = values.colRange(columns);
      cv::remap(high, part_values, places, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
    }
  }
  return values;
}

/// Some rows of the scaled frame, and of what is to be added to them. What rounding to levels took
/// from the scaled frame is added back with it.
void DetailTransfer::Impl::scale_and_move(const LowFrame& low,
                                          cv::Range rows,
                                          Frame& scaled,
                                          RowsDown& down) {
  const cv::Mat exact = resampled_rows(low.levels, cubic_x, cubic_y, rows);
  const cv::Mat steps = resampled_rows(low.motion, linear_x, linear_y, rows);
  const cv::Mat values = moved_high(steps, rows.start);
  std::vector<float> sum(static_cast<std::size_t>(full.width) * 3);
  for (int y = 0; y < steps.rows; ++y) {
    const auto* step = steps.ptr<cv::Vec3f>(y);
    const auto* value = values.ptr<float>(y);
    const auto* before = exact.ptr<float>(y);
    std::uint8_t* level = scaled.row(y + rows.start);
    auto* target = fine.ptr<std::int16_t>(y + rows.start);
    for (int x = 0; x < full.width; ++x) {
      const float weight = kAgainstSoftening * step[x][2];
      for (int i = 3 * x; i < 3 * x + 3; ++i) {
        sum[static_cast<std::size_t>(i)] = before[i] + weight * value[i];
      }
    }
    for (int i = 0; i < full.width * 3; ++i) {
      level[i] = rounded_level(before[i]);
      const float added = (sum[static_cast<std::size_t>(i)] - level[i]) * kFixedPoint;
      target[i] = static_cast<std::int16_t>(std::clamp(added, -kMaxFixed, kMaxFixed));
    }
    down.add(sum.data());
  }
}

std::uint64_t transfer_bytes(PixelSize size) {
  // The portrait's square and its real levels, the low version scaled up, their difference, its
  // power in three channels and in one: 3 + 4 * 12 + 4, and a float for the noise floor's median.
  constexpr std::uint64_t kBytesPerPixel = 59;
  return kBytesPerPixel * static_cast<std::uint64_t>(size.width) *
         static_cast<std::uint64_t>(size.height);
}

Frame made_small(const Frame& frame, PixelSize size) {
  Frame result = Frame::black(size.width, size.height);
  cv::Mat target = view(result);
  cv::resize(view(frame), target, target.size(), 0, 0, cv::INTER_AREA);
  return result;
}

DetailTransfer::DetailTransfer(const Frame& portrait,
                               const Frame& low,
                               const DetailSettings& settings) {
  require(low.width <= portrait.width && low.height <= portrait.height &&
              std::min(low.width, low.height) >= kMinFlowSide,
          "a low version no larger than the portrait and large enough for the flow");
  impl_ = std::make_unique<Impl>(portrait, blurred(low, settings.sigma), settings);
}

DetailTransfer::~DetailTransfer() = default;
DetailTransfer::DetailTransfer(DetailTransfer&&) noexcept = default;

Frame DetailTransfer::find(const Frame& generated) {
  Impl& at = *impl_;
  require(generated.width == at.grey_low.cols && generated.height == at.grey_low.rows,
          "a frame of the size that the detail was prepared for");
  LowFrame low{.levels = real(view(generated)), .motion = {}};
  Flow flow = find_flow(grey(generated), at.grey_low);
  if (at.frames > 0) {
    steady(flow.there, at.flow_before);
  }
  at.flow_before = flow.there;
  cv::Mat weight = (*at.trust)(mean_of(low.levels), flow);
  at.weights += cv::mean(weight)[0];
  ++at.frames;
  weight *= at.strength;
  const auto x_scale = static_cast<float>(at.full.width) / static_cast<float>(generated.width);
  const auto y_scale = static_cast<float>(at.full.height) / static_cast<float>(generated.height);
  low.motion.create(weight.size(), CV_32FC3);
  for (int y = 0; y < weight.rows; ++y) {
    for (int x = 0; x < weight.cols; ++x) {
      const auto& step = flow.there.at<cv::Vec2f>(y, x);
      low.motion.at<cv::Vec3f>(y, x) = {
          step[0] * x_scale, step[1] * y_scale, weight.at<float>(y, x)};
    }
  }
  Frame scaled = Frame::black(at.full.width, at.full.height);
  scaled.pts_seconds = generated.pts_seconds;
  scaled.duration_seconds = generated.duration_seconds;
  RowsDown down(at.area_x, at.area_y, at.full.width);
  for (int y = 0; y < at.full.height; y += kRowsTogether) {
    at.scale_and_move(low, {y, std::min(y + kRowsTogether, at.full.height)}, scaled, down);
  }
  const cv::Mat lost = moved(at.lost, flow.there, cv::INTER_LINEAR);
  at.correction = low.levels - down.result();
  for (int y = 0; y < weight.rows; ++y) {
    for (int x = 0; x < weight.cols; ++x) {
      const float w = weight.at<float>(y, x);
      auto& value = at.correction.at<cv::Vec3f>(y, x);
      value = std::min(at.projection * w, 1.0F) * (value + w * lost.at<cv::Vec3f>(y, x));
    }
  }
  return scaled;
}

void DetailTransfer::add(Frame& frame) const {
  const Impl& at = *impl_;
  require(frame.width == at.full.width && frame.height == at.full.height && at.frames > 0,
          "a frame of the portrait's size whose detail was found");
  for (int first = 0; first < frame.height; first += kRowsTogether) {
    const cv::Range rows(first, std::min(first + kRowsTogether, frame.height));
    const cv::Mat corrections = resampled_rows(at.correction, at.cubic_x, at.cubic_y, rows);
    for (int y = rows.start; y < rows.end; ++y) {
      const auto* fine = at.fine.ptr<std::int16_t>(y);
      const auto* correction = corrections.ptr<float>(y - first);
      std::uint8_t* level = frame.row(y);
      for (int i = 0; i < frame.width * 3; ++i) {
        const float value = static_cast<float>(level[i]) +
                            static_cast<float>(fine[i]) * (1 / kFixedPoint) + correction[i];
        level[i] = rounded_level(value);
      }
    }
  }
}

double DetailTransfer::mean_weight() const {
  return impl_->frames > 0 ? impl_->weights / static_cast<double>(impl_->frames) : 0.0;
}

}  // namespace hyportrait::detail
