// SPDX-License-Identifier: Apache-2.0
#include "face/select.h"

#include <hyportrait/error.h>

#include "base/parse_text.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::face {
namespace {

// Mean places of the five points in the detector's boxes, as parts of width and height (taken from
// the detections in the parity pack's crops_* and detector cases).
constexpr Landmarks kProportions{{{.x = 0.30, .y = 0.38},
                                  {.x = 0.70, .y = 0.38},
                                  {.x = 0.50, .y = 0.58},
                                  {.x = 0.35, .y = 0.77},
                                  {.x = 0.65, .y = 0.77}}};

bool contains(const Box& box, Point p) {
  return p.x >= box.x1 && p.x < box.x2 && p.y >= box.y1 && p.y < box.y2;
}

std::optional<Face> nearest(const std::vector<Face>& faces, Point point) {
  const auto distance = [&](const Face& face) {
    const Point centre = face.box.centre();
    return std::hypot(centre.x - point.x, centre.y - point.y);
  };
  const auto found =
      std::min_element(faces.begin(), faces.end(), [&](const Face& a, const Face& b) {
        return distance(a) < distance(b);
      });
  return found == faces.end() ? std::nullopt : std::optional(*found);
}

std::optional<Face> nth_from_left(std::vector<Face> faces, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= faces.size()) {
    return std::nullopt;
  }
  std::stable_sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return a.box.centre().x < b.box.centre().x;
  });
  return faces[static_cast<std::size_t>(index)];
}

}  // namespace

std::optional<Face> largest(const std::vector<Face>& faces) {
  const auto found = std::max_element(faces.begin(), faces.end(), [](const Face& a, const Face& b) {
    return a.box.area() < b.box.area();
  });
  return found == faces.end() ? std::nullopt : std::optional(*found);
}

std::optional<Face> choose(const std::vector<Face>& faces, const FaceSelector& selector) {
  if (selector.index) {
    return nth_from_left(faces, *selector.index);
  }
  if (selector.point) {
    return nearest(faces, *selector.point);
  }
  return largest(faces);
}

std::string numbered_faces(std::size_t count) {
  return count == 1 ? "1 face, number 0"
                    : std::to_string(count) + " faces, numbered 0 to " + std::to_string(count - 1) +
                          " from the left";
}

std::optional<Face> best_inside(const std::vector<Face>& faces, const Box& place) {
  std::optional<Face> best;
  for (const Face& face : faces) {
    if (contains(place, face.box.centre()) &&
        (!best ||
         intersection_over_union(face.box, place) > intersection_over_union(best->box, place))) {
      best = face;
    }
  }
  return best;
}

Face face_at(const std::vector<Face>& faces, const Box& place) {
  Face face{.box = place};
  if (const std::optional<Face> detected = best_inside(faces, place)) {
    face.score = detected->score;
    face.landmarks = detected->landmarks;
    return face;
  }
  for (std::size_t i = 0; i < face.landmarks.size(); ++i) {
    face.landmarks[i] = {.x = place.x1 + kProportions[i].x * place.width(),
                         .y = place.y1 + kProportions[i].y * place.height()};
  }
  return face;
}

double intersection_over_union(const Box& a, const Box& b) {
  const double width = std::max(std::min(a.x2, b.x2) - std::max(a.x1, b.x1), 0.0);
  const double height = std::max(std::min(a.y2, b.y2) - std::max(a.y1, b.y1), 0.0);
  const double both = width * height;
  return both > 0.0 ? both / (a.area() + b.area() - both) : 0.0;
}

std::optional<Box> to_box(const std::optional<PixelBox>& box) {
  if (!box) {
    return std::nullopt;
  }
  return Box{.x1 = box->x, .y1 = box->y, .x2 = box->x + box->width, .y2 = box->y + box->height};
}

void check_box(const PixelBox& box,
               PixelSize picture,
               const std::string& option,
               const std::string& name) {
  const double width = std::min<double>(box.x + box.width, picture.width) - std::max(box.x, 0.0);
  const double height = std::min<double>(box.y + box.height, picture.height) - std::max(box.y, 0.0);
  if (width <= 0.0 || height <= 0.0 || width * height < 0.5 * box.width * box.height) {
    throw Error(ExitCode::usage,
                option + " " + to_text(box) + ": most of it lies outside " + name + ", which is " +
                    std::to_string(picture.width) + "x" + std::to_string(picture.height) + " px");
  }
}

}  // namespace hyportrait::face
