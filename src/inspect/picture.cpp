// SPDX-License-Identifier: Apache-2.0
#include "face/crop.h"
#include "face/select.h"
#include "inspect/head_pose.h"
#include "inspect/limits.h"
#include "inspect/parts.h"
#include "inspect/sharpness.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace hyportrait::inspection {
namespace {

/// How much of the wished square around the face the picture has: 1 all, 0.5 half of its side.
double room(const face::Box& face, const face::CropBox& square, double expand) {
  const double wished = std::min(face.width(), face.height()) * (1.0 + 2.0 * expand);
  return wished > 0.0 ? square.width() / wished : 1.0;
}

std::string whole(double value) {
  return std::to_string(std::lround(value));
}

void advise_on_face(std::vector<std::string>& advice,
                    const Frame& picture,
                    const face::Face& face,
                    const face::CropBox& square,
                    const nn::BundleConfig& config) {
  if (face.score > 0.0 && face.score < kUnsure) {
    advice.push_back(
        "the detector is not sure of the face; if the box is wrong, pass --ref-box X,Y,W,H");
  }
  if (square.width() < config.image_size / 2) {
    advice.push_back("the head is small: its square of " + std::to_string(square.width()) +
                     " px is enlarged to " + std::to_string(config.image_size) +
                     "; use a picture with more pixels");
  }
  if (room(face.box, square, config.crop.portrait_expand) < kLittleRoom) {
    advice.push_back(
        "there is little room around the head, which has to move inside the picture; use one that "
        "is cropped less closely");
  }
  const HeadPose pose = pose_from_landmarks(face.landmarks);
  if (std::max(std::abs(pose.yaw), std::abs(pose.pitch)) > kTurnedDegrees) {
    advice.push_back("the head is turned away (yaw " + whole(pose.yaw) + ", pitch " +
                     whole(pose.pitch) +
                     " degrees, roughly); a portrait that looks into the camera works better");
  }
  if (std::abs(pose.roll) > kTiltedDegrees) {
    advice.push_back("the head is tilted by " + whole(pose.roll) +
                     " degrees; rotate the picture so that the eyes are level");
  }
  if (sharpness(picture, face.box) < kBlurred) {
    advice.push_back("the face is blurred; use a sharper picture");
  }
}

std::vector<std::string> advice_on(const Frame& picture,
                                   const SeenFaces& seen,
                                   const nn::BundleConfig& config) {
  std::vector<std::string> advice;
  const std::string last = std::to_string(static_cast<int>(seen.faces.size()) - 1);
  if (seen.chosen) {
    if (seen.faces.size() > 1) {
      advice.push_back(std::to_string(seen.faces.size()) +
                       " faces: the largest is taken; --ref-face 0 to " + last +
                       " (from the left) or --ref-face X,Y takes another");
    }
    advise_on_face(advice, picture, *seen.chosen, *seen.square, config);
  } else if (seen.faces.empty()) {
    advice.push_back(
        "no face found: crop closer to the head, or say where the face is with --ref-box "
        "X,Y,W,H (drawn faces and animals often need it)");
  } else {
    advice.push_back("there is no such face: the picture has " +
                     face::numbered_faces(seen.faces.size()) + "; --ref-face takes one of them");
  }
  return advice;
}

}  // namespace

Inspection inspect_picture(const InspectOptions& options,
                           const Frame& picture,
                           const face::DetectFaces& detect,
                           const nn::BundleConfig& config,
                           const OverlaySink& overlay) {
  const PixelSize size{picture.width, picture.height};
  SeenFaces seen;
  seen.faces = from_the_left(detect(picture));
  const std::optional<face::Box> place = face::to_box(options.box);
  seen.chosen = place ? face::face_at(seen.faces, *place) : face::choose(seen.faces, options.face);
  PictureFindings findings;
  for (const face::Face& face : seen.faces) {
    findings.faces.push_back(seen_face(picture, face));
  }
  if (seen.chosen) {
    seen.square = face::portrait_box(seen.chosen->box, size, config.crop.portrait_expand);
    findings.chosen = seen_face(picture, *seen.chosen);
    findings.crop = pixel_box(*seen.square);
  }
  if (overlay) {
    Frame drawn = picture;
    draw_overlay(drawn, seen);
    overlay(drawn);
  }
  return {.path = options.input,
          .size = size,
          .findings = std::move(findings),
          .advice = advice_on(picture, seen, config)};
}

}  // namespace hyportrait::inspection
