// SPDX-License-Identifier: Apache-2.0
#include "motion/change.h"

#include <hyportrait/error.h>

#include "base/require.h"
#include "face/landmarks_image.h"
#include "motion/landmark_fit.h"
#include "motion/smooth.h"
#include "options/animate_options.h"

#include <spdlog/fmt/fmt.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::motion {
namespace {

/// A frame's numbers count as neutral this long after they were shown.
constexpr double kNeutralTolerance = 1e-6;  // s

/// How much less than the pose the expression is smoothed, so that jaw and blinks keep their depth.
constexpr double kExpressionShare = 0.25;

/// Indices of frames that were detected.
torch::Tensor known_rows(const Motion& motion) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < motion.frames(); ++i) {
    if (motion.detected.at(static_cast<std::size_t>(i))) {
      rows.push_back(i);
    }
  }
  require(!rows.empty(), "a driver has a face");
  return torch::tensor(rows, torch::kLong);
}

/// The frame that is shown at `seconds`.
std::int64_t neutral_frame(const Motion& motion, double seconds, const std::string& name) {
  const auto after =
      std::find_if(motion.times.begin(), motion.times.end(), [&](const FrameTime& t) {
        return t.pts_seconds > seconds + kNeutralTolerance;
      });
  const FrameTime& last = motion.times.back();
  if (after == motion.times.begin() ||
      seconds > last.pts_seconds + last.duration_seconds + kNeutralTolerance) {
    throw Error(ExitCode::input,
                fmt::format("{}: has no frame at {} s (--neutral), of the {} to {} s that are used",
                            name,
                            seconds,
                            motion.times.front().pts_seconds,
                            last.pts_seconds + last.duration_seconds));
  }
  const std::int64_t frame = after - motion.times.begin() - 1;
  if (!motion.detected.at(static_cast<std::size_t>(frame))) {
    throw Error(
        ExitCode::input,
        fmt::format("{}: has no face at {} s (--neutral); name a time with one", name, seconds));
  }
  return frame;
}

/// The row of `values` [N,W] that counts as neutral.
torch::Tensor neutral_row(const torch::Tensor& values,
                          const Motion& motion,
                          const MotionOptions& options,
                          const std::string& name) {
  if (options.neutral_seconds) {
    return values[neutral_frame(motion, *options.neutral_seconds, name)];
  }
  const torch::Tensor known = known_rows(motion);
  return options.relative ? values[known[0].item<std::int64_t>()]
                          : std::get<0>(values.index_select(0, known).median(0));
}

/// `base` + strength * (values - neutral), where the base is the neutral itself or the portrait's
/// own.
torch::Tensor about_neutral(const torch::Tensor& values,
                            const torch::Tensor& neutral,
                            double strength,
                            const std::optional<torch::Tensor>& own) {
  return strength == 1.0 && !own ? values : own.value_or(neutral) + strength * (values - neutral);
}

/// The offset in the order and with the signs of head_pose's angles.
torch::Tensor offset_row(const PoseOffset& offset, const ChangeSetting& setting) {
  if (setting.rotation_order.empty()) {
    throw Error(ExitCode::usage,
                "--pose-offset: this bundle does not say which of its head pose's numbers is yaw, "
                "pitch and roll (motion.rotation_order in its manifest)");
  }
  std::vector<double> row;
  for (const std::string& name : setting.rotation_order) {
    const bool other_way = name.starts_with('-');
    const std::string angle = name.substr(other_way ? 1 : 0);
    const double degrees = angle == "yaw"     ? offset.yaw
                           : angle == "pitch" ? offset.pitch
                                              : offset.roll;
    row.push_back(other_way ? -degrees : degrees);
  }
  row.resize(6, 0.0);
  return torch::tensor(row, torch::kDouble);
}

torch::Tensor with_angles(const torch::Tensor& pose,
                          torch::Tensor (*change)(const torch::Tensor&)) {
  return torch::cat({change(pose.slice(1, 0, kAngles)), pose.slice(1, kAngles)}, 1);
}

/// The head's motion, smoothed.
Motion steady_head(Motion head, double seconds) {
  if (seconds > 0.0) {
    const torch::Tensor plain = with_angles(head.head_pose.to(torch::kDouble), unwrapped);
    head.head_pose = with_angles(smooth(plain, head.times, seconds), wrapped).to(torch::kFloat);
    head.landmarks = smooth(head.landmarks, head.times, seconds);
  }
  return head;
}

/// The face's motion, smoothed less.
Motion steady_face(Motion face, double seconds) {
  if (seconds > 0.0) {
    const torch::Tensor plain = face.expression.to(torch::kDouble);
    face.expression = smooth(plain, face.times, seconds * kExpressionShare).to(torch::kFloat);
  }
  return face;
}

/// Who gives the pose, with the times of the face's driver.
Motion pose_driver(const Drivers& drivers, const MotionOptions& options) {
  if (options.pose_drive.empty()) {
    return drivers.face;
  }
  const Motion* source = options.pose_drive == kPortraitsPose ? drivers.portrait : drivers.pose;
  require(source != nullptr, "the pose's driver is known");
  return at_times(*source, drivers.face.times);
}

/// The pose `plain` [N,6] float64 of `head` with strength, the portrait's own and the offset.
torch::Tensor changed_pose(const torch::Tensor& plain,
                           const Motion& head,
                           const Motion* portrait,
                           const MotionOptions& options,
                           const ChangeSetting& setting) {
  std::optional<torch::Tensor> own;
  if (options.relative) {
    own = portrait->head_pose[0].to(torch::kDouble);
  }
  const torch::Tensor pose = about_neutral(
      plain, neutral_row(plain, head, options, setting.name), options.pose_strength, own);
  return options.pose_offset ? pose + offset_row(*options.pose_offset, setting) : pose;
}

torch::Tensor changed_expression(const Motion& face,
                                 const Motion* portrait,
                                 const MotionOptions& options,
                                 const ChangeSetting& setting) {
  std::optional<torch::Tensor> own;
  if (options.relative) {
    own = portrait->expression[0];
  }
  return about_neutral(face.expression,
                       neutral_row(face.expression, face, options, setting.name),
                       options.expression_strength,
                       own);
}

}  // namespace

bool wants_portrait(const MotionOptions& options) {
  return options.relative || options.pose_drive == kPortraitsPose;
}

Changed change(const Drivers& drivers, const MotionOptions& options, const ChangeSetting& setting) {
  const Motion as_driven = pose_driver(drivers, options);
  const Motion head = steady_head(as_driven, options.smooth_seconds);
  const Motion face = steady_face(drivers.face, options.smooth_seconds);
  if (options.neutral_seconds) {
    neutral_frame(face, *options.neutral_seconds, setting.name);  // also where nothing asks for it
  }
  Changed changed{
      .expression = face.expression,
      .head_pose = head.head_pose,
      .landmarks = {},
      .intensities = intensities(drivers.face, as_driven, setting.bucket_frames, setting.buckets)};
  for (const face::Landmarks& points : head.landmarks) {
    changed.landmarks.push_back(face::crop_from_picture(points, head.square, setting.side));
  }
  if (options.relative || options.expression_strength != 1.0) {
    changed.expression = changed_expression(face, drivers.portrait, options, setting);
  }
  if (options.relative || options.pose_strength != 1.0 || options.pose_offset) {
    const torch::Tensor plain = with_angles(head.head_pose.to(torch::kDouble), unwrapped);
    const torch::Tensor pose = changed_pose(plain, head, drivers.portrait, options, setting);
    const LandmarkFit fit(plain, changed.landmarks, known_rows(head));
    fit.move(changed.landmarks, pose - plain);
    changed.head_pose = with_angles(pose, wrapped).to(torch::kFloat);
  }
  return changed;
}

}  // namespace hyportrait::motion
