// SPDX-License-Identifier: Apache-2.0
#include "run/motion.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "face/follow.h"
#include "face/select.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace hyportrait::run {
namespace {

std::string at_time(std::int64_t frame, double seconds) {
  return fmt::format("frame {} ({:.2f} s)", frame, seconds);
}

/// Runs of frames without a face, as text: "30-59, 80" (at most eight runs).
class FrameRuns final {
 public:
  void add(std::int64_t frame) {
    if (!runs_.empty() && runs_.back().second + 1 == frame) {
      runs_.back().second = frame;
    } else {
      runs_.emplace_back(frame, frame);
    }
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < runs_.size() && i < 8; ++i) {
      const auto& [first, last] = runs_[i];
      text += (i == 0 ? "" : ", ") + std::to_string(first) +
              (first == last ? "" : "-" + std::to_string(last));
    }
    return runs_.size() > 8 ? text + ", ..." : text;
  }

 private:
  std::vector<std::pair<std::int64_t, std::int64_t>> runs_;
};

/// Gathers what the clip contributes, frame by frame.
class MotionGatherer final {
 public:
  MotionGatherer(const MotionRequest& request,
                 const nn::BundleConfig& config,
                 const conditions::MotionEncoders& encoders)
      : request_(request),
        config_(config),
        encoder_(encoders, config.motion),
        tracker_(request.track),
        head_(request.drive_crop, config.crop) {}

  void add(const Frame& frame, const std::vector<face::Face>& faces) {
    max_faces_ = std::max(max_faces_, faces.size());
    const std::optional<face::Face> face = tracker_.next(faces, frame.pts_seconds);
    if (tracker_.jumped()) {
      motion_.warnings.push_back(
          request_.name + ": the face was lost for over a second and found again elsewhere at " +
          at_time(frames_, frame.pts_seconds) + "; it may be another person");
    }
    if (face) {
      with_face(frame, *face);
    } else {
      without_face(frame);
    }
    ++frames_;
  }

  DrivingMotion finish() {
    if (!held_ && max_faces_ > 0) {
      throw Error(ExitCode::input,
                  request_.name + ": there is no such face: a frame has at most " +
                      face::numbered_faces(max_faces_) +
                      "; choose one with --drive-face, or leave that out");
    }
    if (!held_) {
      throw Error(ExitCode::input,
                  request_.name + ": no face in " +
                      (frames_ == 1 ? "its one frame" : "any of its " + counted(frames_, "frame")) +
                      "; crop closer to the face, or say where it is with --drive-box X,Y,W,H");
    }
    conditions::EncodedMotion encoded = encoder_.finish();
    motion_.motion.expression = std::move(encoded.expression);
    motion_.motion.head_pose = std::move(encoded.head_pose);
    if (request_.no_face == NoFacePolicy::interpolate) {
      motion_.motion = motion::interpolated(std::move(motion_.motion));
    }
    if (motion_.frames_without_face > 0) {
      const char* what = request_.no_face == NoFacePolicy::skip ? "left out" : "filled in";
      motion_.warnings.push_back(request_.name + ": no face in frame" +
                                 (motion_.frames_without_face == 1 ? " " : "s ") + missing_.text() +
                                 " (" + std::to_string(motion_.frames_without_face) + " in all), " +
                                 what);
    }
    return std::move(motion_);
  }

 private:
  void with_face(const Frame& frame, const face::Face& face) {
    const face::HeadAnchor& anchor = head_.next(face, frame);
    motion_.motion.square = held_ ? motion_.motion.square : anchor.square;
    face::MotionCrops crops = face::motion_crops(frame, face.landmarks, anchor, config_);
    held_ = Held{{std::move(crops.face), std::move(crops.head)},
                 face::without_movement(face.landmarks, head_.moved())};
    for (; before_first_face_ > 0; --before_first_face_) {
      push_held(false);  // frames before the first face move as the first face does
    }
    push_held(true);
    remember(frame);
  }

  void without_face(const Frame& frame) {
    if (request_.no_face == NoFacePolicy::error) {
      throw Error(ExitCode::input,
                  request_.name + ": no face in " + at_time(frames_, frame.pts_seconds) +
                      "; trim the clip with --start and --end, or choose another --no-face");
    }
    missing_.add(frames_);
    ++motion_.frames_without_face;
    if (request_.no_face == NoFacePolicy::skip) {
      motion_.written.push_back(false);
      motion_.dropped.push_back({frame.pts_seconds, frame.pts_seconds + frame.duration_seconds});
      dropped_seconds_ += frame.duration_seconds;
    } else if (held_) {
      push_held(false);
      remember(frame);
    } else {
      ++before_first_face_;
      remember(frame);
    }
  }

  void push_held(bool detected) {
    encoder_.push(held_->crops);
    motion_.motion.landmarks.push_back(held_->landmarks);
    motion_.motion.detected.push_back(detected);
  }

  void remember(const Frame& frame) {
    motion_.written.push_back(true);
    motion_.driver_seconds.push_back(frame.pts_seconds);
    motion_.motion.times.push_back({frame.pts_seconds - dropped_seconds_, frame.duration_seconds});
  }

  /// The last frame with a face, as the networks see it.
  struct Held {
    conditions::MotionFrame crops;
    face::Landmarks landmarks;
  };

  const MotionRequest& request_;
  const nn::BundleConfig& config_;
  conditions::MotionEncoder encoder_;
  face::Tracker tracker_;
  face::HeadFollower head_;
  DrivingMotion motion_;
  std::optional<Held> held_;
  FrameRuns missing_;
  std::size_t max_faces_ = 0;  // of a frame
  std::int64_t frames_ = 0;
  std::int64_t before_first_face_ = 0;  // frames
  double dropped_seconds_ = 0.0;
};

}  // namespace

DrivingMotion encode_motion(const NextFrame& next_frame,
                            const face::DetectFaces& detect,
                            const MotionRequest& request,
                            const nn::BundleConfig& config,
                            const conditions::MotionEncoders& encoders,
                            Reporter& reporter) {
  MotionGatherer gatherer(request, config, encoders);
  std::int64_t frames = 0;
  while (const std::optional<Frame> frame = next_frame()) {
    gatherer.add(*frame, detect(*frame));
    reporter.at(++frames);
  }
  DrivingMotion motion = gatherer.finish();
  reporter.finish();
  return motion;
}

}  // namespace hyportrait::run
