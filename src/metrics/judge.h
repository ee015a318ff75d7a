// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/metrics.h>

#include "base/frame.h"
#include "face/face.h"
#include "metrics/agreement.h"
#include "metrics/head_walk.h"
#include "nn/bundle.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hyportrait::metrics {

/// What moved a frame: crops that the networks are to read, or what they have read before.
struct DriverView {
  std::optional<face::MotionCrops> crops;
  std::vector<float> expression;  ///< without crops
  std::vector<float> head_pose;
};

/// The bundle's identity, expression and head-pose networks as judges of a result. Holds a batch of
/// frames.
class Judge final {
 public:
  Judge(const nn::Bundle& bundle, nn::Device device);

  /// The portrait's identity, from its aligned face (face/align.h).
  void set_portrait(const std::vector<float>& aligned_face);

  /// A frame of the result, of this number, beside the driver's.
  void add(const Frame& result_frame, HeadView result, DriverView driver, std::int64_t number);

  /// Judges what is left of the batch. To be called once, before the figures.
  void finish();

  /// After finish(): what is known of single frames, into those of their numbers.
  void write_into(std::vector<MetricsFrame>& frames) const;

  [[nodiscard]] std::optional<double> identity_mean() const;  ///< cosine, -1 to 1
  [[nodiscard]] std::optional<double> identity_worst() const;
  [[nodiscard]] const Agreement& expression() const { return expression_agreement_; }
  [[nodiscard]] const Agreement& pose() const { return pose_agreement_; }
  /// Mean absolute difference of the three angles, degrees.
  [[nodiscard]] std::optional<double> pose_degrees() const;
  [[nodiscard]] std::int64_t frames() const { return frames_; }

 private:
  void judge_batch();

  nn::Module identity_;
  nn::Module expression_;
  nn::Module head_pose_;
  std::vector<float> portrait_;  // identity, of unit length; empty: unknown
  /// What was read of a frame; 4 KB.
  struct Read {
    std::int64_t number = 0;
    std::optional<double> identity;
    std::vector<float> expression, driver_expression;
    std::vector<float> pose, driver_pose;
  };
  std::vector<Read> read_;
  std::vector<HeadView> results_;
  std::vector<DriverView> drivers_;
  Agreement expression_agreement_;
  Agreement pose_agreement_;
  double identity_sum_ = 0.0;
  double identity_worst_ = 2.0;
  double pose_sum_ = 0.0;
  std::int64_t frames_ = 0;
};

}  // namespace hyportrait::metrics
