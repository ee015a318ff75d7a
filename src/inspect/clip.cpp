// SPDX-License-Identifier: Apache-2.0
#include "base/median.h"
#include "base/shown_text.h"
#include "face/crop.h"
#include "face/select.h"
#include "face/track.h"
#include "inspect/head.h"
#include "inspect/parts.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace hyportrait::inspection {
namespace {

/// Adds a frame to the runs: to the last one where that ends with the frame before.
void add_frame(std::vector<FrameRun>& runs, const FrameRun& frame) {
  if (!runs.empty() && runs.back().last + 1 == frame.first) {
    runs.back().last = frame.last;
    runs.back().end_seconds = frame.end_seconds;
  } else {
    runs.push_back(frame);
  }
}

/// The range of a figure over the frames.
struct Spread {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();

  void add(double value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  [[nodiscard]] Range range() const { return {tenths(lowest), tenths(highest)}; }
};

std::string seconds_text(double seconds) {
  return fmt::format("{:.2f}", seconds);
}

/// All of a landmark's five points inside the square?
bool inside(const face::Landmarks& landmarks, const face::CropBox& square) {
  return std::all_of(landmarks.begin(), landmarks.end(), [&](const face::Point& p) {
    return p.x >= square.x1 && p.x < square.x2 && p.y >= square.y1 && p.y < square.y2;
  });
}

/// What is gathered on the way through the clip: runs, ranges and 8 bytes a frame.
struct ClipGathered {
  std::int64_t frames = 0;
  double seconds = 0.0;
  std::size_t max_faces = 0;
  std::int64_t frames_with_several = 0;
  std::vector<FrameRun> with_face;
  std::vector<FrameRun> without_face;
  std::vector<std::int64_t> found_elsewhere;
  std::optional<face::Face> first_face;
  std::optional<face::CropBox> square;
  std::int64_t frames_outside = 0;  ///< landmarks outside the square of the first face
  Spread head_px;
  Spread yaw;
  Spread pitch;
  Spread roll;
  std::vector<double> sharpness;
  std::vector<HeadFrame> per_frame;
};

void add_face_of_frame(ClipGathered& facts,
                       const Frame& frame,
                       const face::Face& face,
                       const nn::BundleConfig& config) {
  if (!facts.first_face) {
    facts.first_face = face;
    facts.square = face::head_anchor(face, frame, config.crop).square;
  }
  facts.frames_outside += inside(face.landmarks, *facts.square) ? 0 : 1;
  facts.head_px.add(std::min(face.box.width(), face.box.height()));
  const HeadPose pose = pose_from_landmarks(face.landmarks);
  facts.yaw.add(pose.yaw);
  facts.pitch.add(pose.pitch);
  facts.roll.add(pose.roll);
  const double sharp = sharpness(frame, face.box);
  facts.sharpness.push_back(sharp);
  HeadFrame& seen = facts.per_frame.back();
  seen.pose = HeadPose{tenths(pose.yaw), tenths(pose.pitch), tenths(pose.roll)};
  seen.size_px = tenths(std::min(face.box.width(), face.box.height()));
  seen.sharpness = tenths(sharp);
}

std::string runs_text(const std::vector<FrameRun>& runs) {
  std::string text;
  for (std::size_t i = 0; i < runs.size() && i < 8; ++i) {
    const FrameRun& run = runs[i];
    text += i == 0 ? "" : ", ";
    text += run.first == run.last ? fmt::format("{}", run.first)
                                  : fmt::format("{}-{}", run.first, run.last);
  }
  return runs.size() > 8 ? text + ", ..." : text;
}

void advise_on_gaps(std::vector<std::string>& advice,
                    const ClipGathered& facts,
                    double start_seconds) {
  if (facts.without_face.empty()) {
    return;
  }
  const FrameRun& longest = *std::max_element(
      facts.with_face.begin(), facts.with_face.end(), [](const FrameRun& a, const FrameRun& b) {
        return a.last - a.first < b.last - b.first;
      });
  const bool one = facts.without_face.size() == 1 &&
                   facts.without_face.front().first == facts.without_face.front().last;
  advice.push_back(
      (one ? "no face in frame " : "no face in frames ") + runs_text(facts.without_face) +
      ": there the last motion is repeated; --no-face interpolate or skip does otherwise. "
      "The longest stretch with the face is --start " +
      seconds_text(longest.start_seconds + start_seconds) + " --end " +
      seconds_text(longest.end_seconds + start_seconds));
}

void advise_on_head(std::vector<std::string>& advice,
                    const ClipGathered& facts,
                    const face::Face& first_face) {
  if (facts.head_px.lowest < kSmallHead) {
    advice.push_back("the face is small (down to " +
                     std::to_string(std::lround(facts.head_px.lowest)) +
                     " px): its expression is hard to read; use a closer shot or a larger video");
  }
  if (facts.frames_outside > 0) {
    advice.push_back(
        "the face leaves the square around its first place (blue in the overlay) in " +
        counted(facts.frames_outside, "frame") +
        ", where the head's motion is lost; --drive-crop follow moves the square with it");
  }
  const HeadPose first = pose_from_landmarks(first_face.landmarks);
  if (std::max(std::abs(first.yaw), std::abs(first.roll)) > kTurnedDegrees) {
    advice.push_back(
        "the clip begins with a turned head; --start at a frame that looks into the camera works "
        "better");
  }
  if (std::max(-facts.yaw.lowest, facts.yaw.highest) > 2 * kTurnedDegrees) {
    advice.push_back("the head turns far to the side, where half of the face is hidden");
  }
  if (upper_median(facts.sharpness) < kBlurred) {
    advice.push_back("the face is blurred in most frames; use a sharper clip");
  }
}

std::vector<std::string> advice_on(const ClipGathered& facts,
                                   const media::VideoInfo& info,
                                   double start_seconds) {
  std::vector<std::string> advice;
  if (!facts.first_face && facts.max_faces > 0) {
    advice.push_back("there is no such face: a frame has at most " +
                     face::numbered_faces(facts.max_faces) + "; --drive-face takes one of them");
    return advice;
  }
  if (!facts.first_face) {
    advice.push_back(
        "no face in any frame: animate ends with exit 3; use a clip with a closer view of the "
        "head, or say where it is in the first frame with --drive-box X,Y,W,H");
    return advice;
  }
  if (facts.max_faces > 1) {
    advice.push_back(
        "up to " + std::to_string(facts.max_faces) +
        " faces: the one in the green box is followed; --drive-face INDEX (from the left in the "
        "first frame with a face) or --drive-face X,Y follows another");
  }
  advise_on_gaps(advice, facts, start_seconds);
  for (const std::int64_t frame : facts.found_elsewhere) {
    advice.push_back("the face was lost and found again elsewhere at frame " +
                     std::to_string(frame) +
                     "; it may be another person: cut there with --start or --end");
  }
  advise_on_head(advice, facts, *facts.first_face);
  if (info.frame_rate.value() > 35.0) {
    advice.push_back("many frames a second: --fps 25 or 30 takes less time");
  }
  return advice;
}

/// One frame's faces into the facts; gives what is drawn over it.
SeenFaces see(ClipGathered& facts,
              const Frame& frame,
              std::vector<face::Face> faces,
              face::Tracker& tracker,
              const nn::BundleConfig& config) {
  SeenFaces seen;
  seen.faces = from_the_left(std::move(faces));
  seen.chosen = tracker.next(seen.faces, frame.pts_seconds);
  const FrameRun run{
      facts.frames, facts.frames, frame.pts_seconds, frame.pts_seconds + frame.duration_seconds};
  facts.per_frame.push_back({.seconds = frame.pts_seconds});
  add_frame(seen.chosen ? facts.with_face : facts.without_face, run);
  if (seen.chosen) {
    add_face_of_frame(facts, frame, *seen.chosen, config);
    seen.square = facts.square;
  }
  if (tracker.jumped()) {
    facts.found_elsewhere.push_back(facts.frames);
  }
  facts.max_faces = std::max(facts.max_faces, seen.faces.size());
  facts.frames_with_several += seen.faces.size() > 1 ? 1 : 0;
  facts.seconds = run.end_seconds;
  ++facts.frames;
  return seen;
}

ClipFindings findings_of(const ClipGathered& facts, const media::VideoInfo& info) {
  ClipFindings findings{.frames = facts.frames,
                        .seconds = facts.seconds,
                        .stream = media::clip_facts(info),
                        .max_faces = static_cast<std::int64_t>(facts.max_faces),
                        .frames_with_several = facts.frames_with_several,
                        .without_face = facts.without_face,
                        .found_elsewhere = facts.found_elsewhere,
                        .head = {},
                        .per_frame = facts.per_frame};
  if (facts.first_face) {
    findings.head = HeadFindings{.first_box = pixel_box(facts.first_face->box),
                                 .crop = pixel_box(*facts.square),
                                 .frames_outside_crop = facts.frames_outside,
                                 .size_px = facts.head_px.range(),
                                 .yaw = facts.yaw.range(),
                                 .pitch = facts.pitch.range(),
                                 .roll = facts.roll.range(),
                                 .sharpness = std::round(upper_median(facts.sharpness) * 10) / 10};
  }
  return findings;
}

}  // namespace

Inspection inspect_clip(const InspectOptions& options,
                        const media::VideoInfo& info,
                        const PullFrame& next_frame,
                        const face::DetectFaces& detect,
                        const nn::BundleConfig& config,
                        const OverlaySink& overlay) {
  face::Tracker tracker({.selector = options.face, .place = face::to_box(options.box)});
  ClipGathered facts;
  while (std::optional<Frame> frame = next_frame()) {
    const SeenFaces seen = see(facts, *frame, detect(*frame), tracker, config);
    if (overlay) {
      draw_overlay(*frame, seen);
      overlay(*frame);
    }
  }
  return {.path = options.input,
          .size = {info.width, info.height},
          .findings = findings_of(facts, info),
          .advice = advice_on(facts, info, options.start_seconds.value_or(0.0))};
}

}  // namespace hyportrait::inspection
