// SPDX-License-Identifier: Apache-2.0
#include "metrics/judge.h"

#include "conditions/appearance.h"
#include "face/align.h"
#include "nn/tensor.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace hyportrait::metrics {
namespace {

constexpr std::size_t kBatch = 8;  // frames that go through the networks together
constexpr int kAngles = 3;         // head_pose gives rotation, then translation

std::vector<float> to_vector(const torch::Tensor& row) {
  const torch::Tensor flat = row.to(torch::kCPU, torch::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// One row of numbers a frame.
std::vector<std::vector<float>> rows_of(const nn::Module& network,
                                        const std::vector<Frame>& frames) {
  const torch::Tensor rows = network({nn::to_tensor(frames)});  // [n, width]
  std::vector<std::vector<float>> result;
  result.reserve(frames.size());
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    result.push_back(to_vector(rows[i]));
  }
  return result;
}

std::vector<std::vector<float>> results_rows(const nn::Module& network,
                                             const std::vector<HeadView>& views,
                                             Frame face::MotionCrops::*crop) {
  std::vector<Frame> frames;
  frames.reserve(views.size());
  for (const HeadView& view : views) {
    frames.push_back(view.crops.*crop);
  }
  return rows_of(network, frames);
}

/// The drivers of a batch all have crops, or none has.
std::vector<std::vector<float>> drivers_rows(const nn::Module& network,
                                             const std::vector<DriverView>& views,
                                             Frame face::MotionCrops::*crop,
                                             std::vector<float> DriverView::*known) {
  std::vector<Frame> frames;
  std::vector<std::vector<float>> rows;
  for (const DriverView& view : views) {
    if (view.crops) {
      frames.push_back((*view.crops).*crop);
    } else {
      rows.push_back(view.*known);
    }
  }
  return frames.empty() ? rows : rows_of(network, frames);
}

}  // namespace

Judge::Judge(const nn::Bundle& bundle, nn::Device device)
    : identity_(bundle.load("identity", device, nn::Precision::fp32)),
      expression_(bundle.load("expression", device, nn::Precision::fp32)),
      head_pose_(bundle.load("head_pose", device, nn::Precision::fp32)) {}

void Judge::set_portrait(const std::vector<float>& aligned_face) {
  if (!aligned_face.empty()) {
    portrait_ = to_vector(conditions::identity_vector(identity_, {.aligned_face = aligned_face}));
  }
}

void Judge::add(const Frame& result_frame,
                HeadView result,
                DriverView driver,
                std::int64_t number) {
  Read& read = read_.emplace_back();
  read.number = number;
  if (!portrait_.empty()) {
    const std::vector<float> identity = to_vector(conditions::identity_vector(
        identity_, {.aligned_face = face::align_face(result_frame, result.landmarks)}));
    double cosine = 0.0;
    for (std::size_t i = 0; i < identity.size(); ++i) {
      cosine += static_cast<double>(identity[i]) * portrait_[i];
    }
    identity_sum_ += cosine;
    identity_worst_ = std::min(identity_worst_, cosine);
    read.identity = cosine;
  }
  results_.push_back(std::move(result));
  drivers_.push_back(std::move(driver));
  ++frames_;
  if (results_.size() == kBatch) {
    judge_batch();
  }
}

void Judge::judge_batch() {
  const auto result_expression = results_rows(expression_, results_, &face::MotionCrops::face);
  const auto driver_expression =
      drivers_rows(expression_, drivers_, &face::MotionCrops::face, &DriverView::expression);
  const auto result_pose = results_rows(head_pose_, results_, &face::MotionCrops::head);
  const auto driver_pose =
      drivers_rows(head_pose_, drivers_, &face::MotionCrops::head, &DriverView::head_pose);
  const std::size_t first = read_.size() - results_.size();
  for (std::size_t i = 0; i < results_.size(); ++i) {
    Read& read = read_[first + i];
    read.expression = result_expression[i];
    read.driver_expression = driver_expression[i];
    read.pose = result_pose[i];
    read.driver_pose = driver_pose[i];
    expression_agreement_.add(result_expression[i], driver_expression[i]);
    pose_agreement_.add(std::span(result_pose[i]).first(kAngles),
                        std::span(driver_pose[i]).first(kAngles));
    for (std::size_t angle = 0; angle < kAngles; ++angle) {
      pose_sum_ += std::abs(result_pose[i][angle] - driver_pose[i][angle]) / kAngles;
    }
  }
  results_.clear();
  drivers_.clear();
}

void Judge::finish() {
  if (!results_.empty()) {
    judge_batch();
  }
}

void Judge::write_into(std::vector<MetricsFrame>& frames) const {
  const auto angles = [](const std::vector<float>& pose) {
    return std::array<double, kAngles>{pose.at(0), pose.at(1), pose.at(2)};
  };
  for (const Read& read : read_) {
    MetricsFrame& frame = frames.at(static_cast<std::size_t>(read.number));
    frame.identity = read.identity;
    frame.expression = expression_agreement_.distance_of(read.expression, read.driver_expression);
    frame.pose = angles(read.pose);
    frame.driver_pose = angles(read.driver_pose);
  }
}

std::optional<double> Judge::identity_mean() const {
  return portrait_.empty() || frames_ == 0
             ? std::nullopt
             : std::optional(identity_sum_ / static_cast<double>(frames_));
}

std::optional<double> Judge::identity_worst() const {
  return portrait_.empty() || frames_ == 0 ? std::nullopt : std::optional(identity_worst_);
}

std::optional<double> Judge::pose_degrees() const {
  return frames_ == 0 ? std::nullopt : std::optional(pose_sum_ / static_cast<double>(frames_));
}

}  // namespace hyportrait::metrics
