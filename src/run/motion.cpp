// SPDX-License-Identifier: Apache-2.0
#include "run/motion.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "face/landmarks_image.h"
#include "face/select.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace hyportrait::run {
namespace {

std::string at_time(std::int64_t frame, double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "frame %lld (%.2f s)", static_cast<long long>(frame), seconds);
  return text;
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

/// The state of the walk through the clip.
class Walk final {
 public:
  Walk(const MotionRequest& request,
       const nn::BundleConfig& config,
       conditions::MotionEncoder& encoder)
      : request_(request), config_(config), encoder_(encoder), tracker_(request.track) {}

  void see(const Frame& frame, const std::vector<face::Face>& faces) {
    most_faces_ = std::max(most_faces_, faces.size());
    const std::optional<face::Face> face = tracker_.next(faces, frame.pts_seconds);
    if (tracker_.jumped()) {
      motion_.warnings.push_back(
          request_.name + ": the face was lost for over a second and taken up elsewhere at " +
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
    if (!held_ && most_faces_ > 0) {
      throw Error(ExitCode::input,
                  request_.name + ": there is no such face: a frame has at most " +
                      face::numbered_faces(most_faces_) +
                      "; choose one with --drive-face, or leave that out");
    }
    if (!held_) {
      throw Error(ExitCode::input,
                  request_.name + ": no face in " +
                      (frames_ == 1 ? "its one frame" : "any of its " + counted(frames_, "frame")) +
                      "; crop closer to the face, or say where it is with --drive-box X,Y,W,H");
    }
    motion_.tokens = encoder_.finish();
    if (request_.no_face == NoFacePolicy::interpolate && motion_.frames_without_face > 0) {
      motion_.tokens.interpolate(known_);
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
    if (!held_) {
      first_box_ = face.box;
      head_box_ =
          face::portrait_box(face.box, {frame.width, frame.height}, config_.crop.portrait_expand);
    }
    held_ = conditions::MotionFrame{
        face::motion_face_crop(frame, face.landmarks, first_box_, config_.crop),
        face::motion_head_crop(frame, head_box_, config_),
        face.landmarks,
        true};
    for (; waiting_ > 0; --waiting_) {  // frames before the first face move as the first face does
      push_held();
    }
    held_->detected = true;
    encoder_.push(*held_);
    held_->detected = false;
    keep(frame, face.landmarks, true);
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
      encoder_.push(*held_);
      keep(frame, held_->landmarks, false);
    } else {
      ++waiting_;
      remember(frame);
    }
  }

  /// A held frame whose time stamp is noted already (remember).
  void push_held() {
    held_->detected = false;
    encoder_.push(*held_);
    known_.push_back(false);
    motion_.landmarks.push_back(on_head_crop(held_->landmarks));
  }

  void keep(const Frame& frame, const face::Landmarks& landmarks, bool known) {
    remember(frame);
    known_.push_back(known);
    motion_.landmarks.push_back(on_head_crop(landmarks));
  }

  void remember(const Frame& frame) {
    motion_.written.push_back(true);
    motion_.times.push_back({frame.pts_seconds - dropped_seconds_, frame.duration_seconds});
  }

  [[nodiscard]] face::Landmarks on_head_crop(const face::Landmarks& landmarks) const {
    return face::crop_from_picture(landmarks, head_box_, config_.image_size);
  }

  const MotionRequest& request_;
  const nn::BundleConfig& config_;
  conditions::MotionEncoder& encoder_;
  face::Tracker tracker_;
  DrivingMotion motion_;
  face::Box first_box_;
  face::CropBox head_box_;
  std::optional<conditions::MotionFrame> held_;  // the last frame with a face
  std::vector<bool> known_;                      // by encoded frame
  FrameRuns missing_;
  std::size_t most_faces_ = 0;  // of a frame
  std::int64_t frames_ = 0;
  std::int64_t waiting_ = 0;  // frames before the first face
  double dropped_seconds_ = 0.0;
};

}  // namespace

DrivingMotion encode_motion(const NextFrame& next_frame,
                            const face::DetectFaces& detect,
                            const MotionRequest& request,
                            const nn::BundleConfig& config,
                            conditions::MotionEncoder& encoder,
                            Reporter& reporter) {
  Walk walk(request, config, encoder);
  std::int64_t frames = 0;
  while (const std::optional<Frame> frame = next_frame()) {
    walk.see(*frame, detect(*frame));
    reporter.at(++frames);
  }
  DrivingMotion motion = walk.finish();
  reporter.finish();
  return motion;
}

}  // namespace hyportrait::run
