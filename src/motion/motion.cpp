// SPDX-License-Identifier: Apache-2.0
#include "motion/motion.h"

#include <hyportrait/error.h>

#include "base/require.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::motion {
namespace {

constexpr double kTimeTolerance = 1e-6;  // s, as media/video_reader.cpp has it
constexpr double kTurn = 360.0;          // degrees

/// A place between two frames: a * (1 - weight) + b * weight.
struct Between {
  std::int64_t a = 0;
  std::int64_t b = 0;
  double weight = 0.0;
};

double mixed(double a, double b, double weight) {
  return a + (b - a) * weight;
}

face::Landmarks landmarks_at(const Motion& motion, const Between& at) {
  const face::Landmarks& a = motion.landmarks.at(static_cast<std::size_t>(at.a));
  const face::Landmarks& b = motion.landmarks.at(static_cast<std::size_t>(at.b));
  face::Landmarks result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = {.x = mixed(a[i].x, b[i].x, at.weight), .y = mixed(a[i].y, b[i].y, at.weight)};
  }
  return result;
}

torch::Tensor expression_at(const Motion& motion, const Between& at) {
  return torch::lerp(motion.expression[at.a], motion.expression[at.b], at.weight);
}

torch::Tensor pose_at(const Motion& motion, const Between& at) {
  torch::Tensor step = motion.head_pose[at.b] - motion.head_pose[at.a];
  step.slice(0, 0, kAngles).copy_(wrapped(step.slice(0, 0, kAngles)));
  torch::Tensor pose = motion.head_pose[at.a] + step * at.weight;
  pose.slice(0, 0, kAngles).copy_(wrapped(pose.slice(0, 0, kAngles)));
  return pose;
}

std::vector<std::int64_t> known_frames(const Motion& motion) {
  std::vector<std::int64_t> known;
  for (std::int64_t i = 0; i < motion.frames(); ++i) {
    if (motion.detected.at(static_cast<std::size_t>(i))) {
      known.push_back(i);
    }
  }
  return known;
}

/// Where `place` lies among some `frames`, not none, whose marks ascend; the ends are held.
template <class Mark>
Between between(const std::vector<std::int64_t>& frames, double place, const Mark& mark_of) {
  const auto after =
      std::lower_bound(frames.begin(), frames.end(), place, [&](std::int64_t i, double wanted) {
        return mark_of(i) < wanted;
      });
  if (after == frames.end()) {
    return {frames.back(), frames.back(), 0.0};
  }
  if (after == frames.begin() || mark_of(*after) == place) {
    return {*after, *after, 0.0};
  }
  const std::int64_t before = *(after - 1);
  return {before, *after, (place - mark_of(before)) / (mark_of(*after) - mark_of(before))};
}

double time_of(const Motion& motion, std::int64_t frame) {
  return motion.times.at(static_cast<std::size_t>(frame)).pts_seconds;
}

/// A choice of frames and when each is shown.
struct Choice {
  std::vector<std::int64_t> indices;
  std::vector<FrameTime> times;
};

Choice in_range(const Motion& motion, const media::ReaderOptions& options) {
  const double start = options.start_seconds.value_or(0.0);
  Choice choice;
  bool ended = false;
  for (std::int64_t i = 0; i < motion.frames() && !ended; ++i) {
    FrameTime time = motion.times[static_cast<std::size_t>(i)];
    if (options.start_seconds && time.pts_seconds < start - kTimeTolerance) {
      continue;
    }
    ended = options.end_seconds && time.pts_seconds >= *options.end_seconds - kTimeTolerance;
    if (!ended) {
      time.pts_seconds =
          options.start_seconds ? std::max(0.0, time.pts_seconds - start) : time.pts_seconds;
      choice.indices.push_back(i);
      choice.times.push_back(time);
    }
  }
  if (ended && !choice.times.empty()) {
    FrameTime& last = choice.times.back();
    const double left = *options.end_seconds - start - last.pts_seconds;
    last.duration_seconds = std::max(std::min(last.duration_seconds, left), kTimeTolerance);
  }
  return choice;
}

/// ffmpeg's fps filter, as media::VideoReader has it: a frame fills the slots from its time,
/// rounded to the nearest slot, up to its end.
Choice at_rate(const Choice& source, double fps) {
  Choice choice;
  std::int64_t slot = 0;
  for (std::size_t i = 0; i < source.indices.size(); ++i) {
    const FrameTime& time = source.times[i];
    const std::int64_t first = std::llround(time.pts_seconds * fps);
    slot = i == 0 ? first : std::max(slot, first);
    std::int64_t end = std::llround((time.pts_seconds + time.duration_seconds) * fps);
    end = source.indices.size() == 1 ? std::max(end, slot + 1) : end;
    for (; slot < end; ++slot) {
      choice.indices.push_back(source.indices[i]);
      choice.times.push_back({static_cast<double>(slot) / fps, 1.0 / fps});
    }
  }
  return choice;
}

Motion mix_of(const Motion& motion, const std::vector<Between>& places, Motion result) {
  std::vector<torch::Tensor> expressions;
  std::vector<torch::Tensor> poses;
  result.landmarks.clear();
  for (const Between& at : places) {
    const bool plain = at.a == at.b;
    expressions.push_back(plain ? motion.expression[at.a] : expression_at(motion, at));
    poses.push_back(plain ? motion.head_pose[at.a] : pose_at(motion, at));
    result.landmarks.push_back(landmarks_at(motion, at));
  }
  result.expression = torch::stack(expressions);
  result.head_pose = torch::stack(poses);
  return result;
}

}  // namespace

Motion interpolated(Motion motion) {
  const std::vector<std::int64_t> known = known_frames(motion);
  require(!known.empty(), "a driver has a face");
  if (static_cast<std::int64_t>(known.size()) == motion.frames()) {
    return motion;
  }
  std::vector<Between> places;
  for (std::int64_t i = 0; i < motion.frames(); ++i) {
    places.push_back(between(known, static_cast<double>(i), [](std::int64_t frame) {
      return static_cast<double>(frame);
    }));
  }
  return mix_of(motion, places, motion);
}

Motion taken(const Motion& motion,
             const std::vector<std::int64_t>& indices,
             std::vector<FrameTime> times) {
  const torch::Tensor rows = torch::tensor(indices, torch::kLong);
  Motion result{.expression = motion.expression.index_select(0, rows),
                .head_pose = motion.head_pose.index_select(0, rows),
                .times = std::move(times),
                .landmarks = {},
                .detected = {},
                .square = motion.square};
  for (const std::int64_t index : indices) {
    result.landmarks.push_back(motion.landmarks.at(static_cast<std::size_t>(index)));
    result.detected.push_back(motion.detected.at(static_cast<std::size_t>(index)));
  }
  return result;
}

Motion part_of(const Motion& motion,
               const media::ReaderOptions& options,
               bool picture,
               const std::string& name) {
  Choice choice = in_range(motion, options);
  if (options.fps && picture) {
    for (FrameTime& time : choice.times) {
      time.duration_seconds = 1.0 / options.fps->value();
    }
  } else if (options.fps) {
    choice = at_rate(choice, options.fps->value());
  }
  if (options.max_frames > 0 &&
      static_cast<std::int64_t>(choice.indices.size()) > options.max_frames) {
    choice.indices.resize(static_cast<std::size_t>(options.max_frames));
    choice.times.resize(static_cast<std::size_t>(options.max_frames));
  }
  if (choice.indices.empty()) {
    throw Error(ExitCode::input,
                name + ": has no frame in the time that was asked for (--start, --end)");
  }
  return taken(motion, choice.indices, std::move(choice.times));
}

Motion at_times(const Motion& motion, const std::vector<FrameTime>& times) {
  const std::vector<std::int64_t> known = known_frames(motion);
  require(!known.empty(), "a driver has a face");
  std::vector<Between> places;
  for (const FrameTime& time : times) {
    places.push_back(
        between(known, time.pts_seconds, [&](std::int64_t i) { return time_of(motion, i); }));
  }
  return mix_of(
      motion,
      places,
      {.times = times, .detected = std::vector<bool>(times.size(), true), .square = motion.square});
}

torch::Tensor wrapped(const torch::Tensor& angles) {
  // Only those outside: the others keep their bits.
  const torch::Tensor turns = torch::ceil((angles - kTurn / 2) / kTurn);
  return torch::where(turns == 0, angles, angles - turns * kTurn);
}

torch::Tensor unwrapped(const torch::Tensor& angles) {
  if (angles.size(0) < 2) {
    return angles;
  }
  const torch::Tensor steps = angles.slice(0, 1) - angles.slice(0, 0, -1);
  const torch::Tensor turns = torch::ceil((steps - kTurn / 2) / kTurn).cumsum(0);
  return torch::cat({angles.slice(0, 0, 1), angles.slice(0, 1) - turns * kTurn});
}

std::vector<face::MotionIntensity> intensities(const Motion& face,
                                               const Motion& head,
                                               int bucket_frames,
                                               int buckets) {
  const auto of_batch = [&](const Motion& motion, std::size_t begin) {
    std::vector<face::Landmarks> seen;
    const std::size_t end = std::min(begin + static_cast<std::size_t>(bucket_frames),
                                     static_cast<std::size_t>(motion.frames()));
    for (std::size_t i = begin; i < end; ++i) {
      if (motion.detected[i]) {
        seen.push_back(motion.landmarks[i]);
      }
    }
    return face::motion_intensity(seen, buckets);
  };
  std::vector<face::MotionIntensity> all;
  for (std::size_t begin = 0; begin < static_cast<std::size_t>(face.frames());
       begin += static_cast<std::size_t>(bucket_frames)) {
    all.push_back(
        {.head = of_batch(head, begin).head, .expression = of_batch(face, begin).expression});
  }
  return all;
}

}  // namespace hyportrait::motion
