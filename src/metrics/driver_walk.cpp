// SPDX-License-Identifier: Apache-2.0
#include "metrics/driver_walk.h"

#include "face/select.h"
#include "plan/plan.h"

#include <torch/types.h>

#include <utility>

namespace hyportrait::metrics {
namespace {

face::TrackOptions track_of(const std::optional<RunSettings>& run) {
  face::TrackOptions track;
  if (run) {
    track.selector = run->options.face.drive_face;
    track.place = face::to_box(run->options.face.drive_box);
  }
  return track;
}

std::vector<float> row_of(const torch::Tensor& rows, std::int64_t frame) {
  const torch::Tensor row = rows[frame].contiguous();
  return {row.const_data_ptr<float>(), row.const_data_ptr<float>() + row.numel()};
}

}  // namespace

DriverWalk::DriverWalk(const std::filesystem::path& drive,
                       const std::optional<RunSettings>& run,
                       const face::DetectFaces& detect,
                       const nn::BundleConfig& config,
                       const ReadWeights& weights)
    : skips_(run && run->options.face.no_face == NoFacePolicy::skip) {
  if (run) {
    start_ = run->options.start_seconds.value_or(0.0);
  }
  const media::ReaderOptions reader =
      run ? plan::reader_options(run->options) : media::ReaderOptions{};
  if (motion::is_motion_file(drive)) {
    const motion::MotionFile file = motion::read_motion(drive);
    motion::check_weights(file.facts, weights(), drive.string());
    motion_ = motion::part_of(file.motion, reader, file.facts.picture, drive.string());
  } else {
    frames_.emplace(drive, reader);
    head_.emplace(
        detect, track_of(run), run ? run->options.face.drive_crop : DriveCrop::fixed, config);
  }
}

std::optional<DriverFrame> DriverWalk::next() {
  return motion_ ? next_of_motion() : next_of_clip();
}

std::optional<DriverFrame> DriverWalk::next_of_clip() {
  while (std::optional<Frame> frame = frames_->next()) {
    std::optional<HeadView> view = head_->next(*frame);
    if (view || !skips_) {
      const double pts = frame->pts_seconds;
      DriverFrame driver{.seconds = start_ ? std::optional(*start_ + pts) : std::nullopt,
                         .picture = std::move(frame),
                         .view = {},
                         .square = head_->square()};
      if (view) {
        driver.view =
            DriverView{.crops = std::move(view->crops), .expression = {}, .head_pose = {}};
      }
      return driver;
    }
  }
  return std::nullopt;
}

std::optional<DriverFrame> DriverWalk::next_of_motion() {
  if (at_ == motion_->frames()) {
    return std::nullopt;
  }
  DriverFrame driver;
  if (start_) {
    driver.seconds = *start_ + motion_->times.at(static_cast<std::size_t>(at_)).pts_seconds;
  }
  if (motion_->detected.at(static_cast<std::size_t>(at_))) {
    driver.view = DriverView{.crops = {},
                             .expression = row_of(motion_->expression, at_),
                             .head_pose = row_of(motion_->head_pose, at_)};
  }
  ++at_;
  return driver;
}

}  // namespace hyportrait::metrics
