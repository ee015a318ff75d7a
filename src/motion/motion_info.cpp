// SPDX-License-Identifier: Apache-2.0
#include "motion/motion_info.h"

#include "face/motion_buckets.h"

#include <spdlog/fmt/fmt.h>
#include <torch/types.h>

#include <utility>

namespace hyportrait::motion {
namespace {

std::vector<FrameRun> runs_without_face(const Motion& motion) {
  std::vector<FrameRun> runs;
  for (std::int64_t i = 0; i < motion.frames(); ++i) {
    if (motion.detected.at(static_cast<std::size_t>(i))) {
      continue;
    }
    const FrameTime& time = motion.times.at(static_cast<std::size_t>(i));
    const double end = time.pts_seconds + time.duration_seconds;
    if (!runs.empty() && runs.back().last + 1 == i) {
      runs.back().last = i;
      runs.back().end_seconds = end;
    } else {
      runs.push_back({i, i, time.pts_seconds, end});
    }
  }
  return runs;
}

std::vector<std::pair<std::string, Range>> angles_of(const MotionFile& file) {
  const torch::Tensor angles = unwrapped(file.motion.head_pose.slice(1, 0, kAngles));
  std::vector<std::pair<std::string, Range>> ranges;
  for (std::int64_t i = 0; i < kAngles; ++i) {
    const double low = angles.select(1, i).min().item<double>();
    const double high = angles.select(1, i).max().item<double>();
    if (file.facts.rotation_order.empty()) {
      ranges.emplace_back(fmt::format("angle {}", i + 1), Range{low, high});
      continue;
    }
    const std::string& name = file.facts.rotation_order.at(static_cast<std::size_t>(i));
    ranges.push_back(name.starts_with('-') ? std::pair(name.substr(1), Range{-high, -low})
                                           : std::pair(name, Range{low, high}));
  }
  return ranges;
}

}  // namespace

MotionInfo describe(const MotionFile& file, const std::filesystem::path& path) {
  const Motion& motion = file.motion;
  const FrameTime& last = motion.times.back();
  std::vector<face::Landmarks> seen;
  for (std::size_t i = 0; i < motion.landmarks.size(); ++i) {
    if (motion.detected[i]) {
      seen.push_back(motion.landmarks[i]);
    }
  }
  const face::Movement movement = face::movement(seen);
  MotionInfo info{.path = path,
                  .frames = motion.frames(),
                  .seconds = last.pts_seconds + last.duration_seconds,
                  .frame_rate = file.facts.frame_rate.value(),
                  .variable_frame_rate = file.facts.variable_frame_rate,
                  .picture = file.facts.picture,
                  .size = file.facts.size,
                  .image_size = file.facts.image_size,
                  .no_face = file.facts.no_face,
                  .drive_crop = file.facts.drive_crop,
                  .without_face = runs_without_face(motion),
                  .angles = angles_of(file),
                  .face_movement = 100.0 * movement.expression,
                  .head_movement = 100.0 * movement.head,
                  .warnings = {}};
  for (const media::Interval& gap : file.facts.dropped) {
    info.skipped_seconds += gap.end_seconds - gap.start_seconds;
  }
  return info;
}

}  // namespace hyportrait::motion
