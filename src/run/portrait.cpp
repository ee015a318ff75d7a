// SPDX-License-Identifier: Apache-2.0
#include "run/portrait.h"

#include <hyportrait/error.h>

#include "face/align.h"
#include "face/crop.h"
#include "face/select.h"

namespace hyportrait::run {
namespace {

face::Face find_face(const Frame& picture,
                     const face::DetectFaces& detect,
                     const PortraitRequest& request) {
  const std::vector<face::Face> faces = detect(picture);
  if (request.place) {
    return face::face_at(faces, *request.place);
  }
  const std::optional<face::Face> face = face::choose(faces, request.selector);
  if (face) {
    return *face;
  }
  if (faces.empty()) {
    throw Error(ExitCode::input,
                request.name +
                    ": no face found in the portrait; crop closer to the face, or say where it is "
                    "with --ref-box X,Y,W,H");
  }
  throw Error(ExitCode::input,
              request.name + (faces.size() == 1
                                  ? ": has 1 face: leave --ref-face out"
                                  : ": has " + std::to_string(faces.size()) +
                                        " faces: --ref-face may be 0 to " +
                                        std::to_string(faces.size() - 1) + " (left to right)"));
}

/// A box of the picture in px of its crop resized to `side`.
face::Box on_crop(const face::Box& box, const face::CropBox& crop, int side) {
  const double x_scale = static_cast<double>(side) / crop.width();
  const double y_scale = static_cast<double>(side) / crop.height();
  return {(box.x1 - crop.x1) * x_scale,
          (box.y1 - crop.y1) * y_scale,
          (box.x2 - crop.x1) * x_scale,
          (box.y2 - crop.y1) * y_scale};
}

/// The same face, detected again on the crop, where its landmarks are finer.
std::optional<face::Face> face_on_crop(const PortraitCrop& portrait,
                                       const face::Face& face,
                                       const face::DetectFaces& detect,
                                       const PortraitRequest& request,
                                       int side) {
  const std::vector<face::Face> faces = detect(portrait.crop);
  const face::Box place = on_crop(face.box, portrait.box, side);
  if (request.largest_on_crop) {
    return face::largest(faces);
  }
  if (request.place) {
    return face::face_at(faces, place);
  }
  const std::optional<face::Face> same = face::best_inside(faces, place);
  return same ? same : face::largest(faces);
}

}  // namespace

PortraitCrop prepare_portrait(const Frame& picture,
                              const face::DetectFaces& detect,
                              const PortraitRequest& request,
                              const nn::BundleConfig& config) {
  const face::Face face = find_face(picture, detect, request);
  PortraitCrop portrait;
  portrait.box =
      face::portrait_box(face.box, {picture.width, picture.height}, config.crop.portrait_expand);
  portrait.crop =
      face::crop_resized(picture, portrait.box, config.image_size, face::ResizeFilter::bicubic);
  const auto again = face_on_crop(portrait, face, detect, request, config.image_size);
  if (again) {
    portrait.aligned_face = face::align_face(portrait.crop, again->landmarks);
  } else {
    portrait.warnings.push_back(
        request.name +
        ": the face was not found again on its crop; the identity vector is left out");
  }
  return portrait;
}

}  // namespace hyportrait::run
