// SPDX-License-Identifier: Apache-2.0
#include "face/detect.h"

#include "base/require.h"
#include "face/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace hyportrait::face {
namespace {

int round_up(double length, int multiple) {
  return static_cast<int>(length + multiple - 1) / multiple * multiple;
}

/// The longest image of the detector, in widths of its shorter side: a strip of 16384x1 px would
/// take tens of GB. No picture with a head in it is that long.
constexpr double kLongestShape = 16.0;

bool is_strip(Size picture) {
  const auto [shorter, longer] = std::minmax(picture.width, picture.height);
  return longer > kLongestShape * shorter;
}

/// From px of the picture to px of the detector's image.
double network_scale(Size picture, const nn::DetectorConfig& config) {
  return is_strip(picture)
             ? config.min_side * kLongestShape / std::max(picture.width, picture.height)
             : static_cast<double>(config.min_side) / std::min(picture.width, picture.height);
}

/// The part of the detector's image that shows the picture: all of it unless padded.
Size content_size(Size picture, const nn::DetectorConfig& config) {
  if (!config.keep_aspect && !is_strip(picture)) {
    return network_size(picture, config);
  }
  const double scale = network_scale(picture, config);
  return {.width = std::max(static_cast<int>(std::lround(picture.width * scale)), 1),
          .height = std::max(static_cast<int>(std::lround(picture.height * scale)), 1)};
}

/// A candidate's box in the precision of the network, as torchvision's suppression computes with
/// it.
struct Rectangle {
  float x1, y1, x2, y2, area;
};

Rectangle to_rectangle(const Box& box) {
  const auto x1 = static_cast<float>(box.x1);
  const auto y1 = static_cast<float>(box.y1);
  const auto x2 = static_cast<float>(box.x2);
  const auto y2 = static_cast<float>(box.y2);
  return {.x1 = x1, .y1 = y1, .x2 = x2, .y2 = y2, .area = (x2 - x1) * (y2 - y1)};
}

float intersection_over_union(const Rectangle& a, const Rectangle& b) {
  const float width = std::max(std::min(a.x2, b.x2) - std::max(a.x1, b.x1), 0.0F);
  const float height = std::max(std::min(a.y2, b.y2) - std::max(a.y1, b.y1), 0.0F);
  const float overlap = width * height;
  return overlap / (a.area + b.area - overlap);
}

/// Indices of the candidates that stay, best score first; equal scores in their order
/// (torchvision's nms: stable sort, greedy).
std::vector<std::size_t> suppress(const Candidates& candidates, const nn::DetectorConfig& config) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < candidates.scores.size(); ++i) {
    if (candidates.scores[i] > static_cast<float>(config.score)) {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return candidates.scores[a] > candidates.scores[b];
  });
  std::vector<std::size_t> kept;
  std::vector<Rectangle> kept_boxes;
  for (const std::size_t i : order) {
    const Rectangle box = to_rectangle(candidates.boxes[i]);
    const bool covered = std::any_of(kept_boxes.begin(), kept_boxes.end(), [&](const auto& better) {
      return intersection_over_union(better, box) > config.nms_iou;
    });
    if (!covered) {
      kept.push_back(i);
      kept_boxes.push_back(box);
    }
  }
  return kept;
}

}  // namespace

Size network_size(Size picture, const nn::DetectorConfig& config) {
  require(picture.width > 0 && picture.height > 0, "detector size of an empty picture");
  const double scale = network_scale(picture, config);
  const double side = is_strip(picture) ? config.min_side : 0.0;  // the rest is padding
  return {.width = round_up(std::max(picture.width * scale, side), config.multiple),
          .height = round_up(std::max(picture.height * scale, side), config.multiple)};
}

Frame resize_for_network(const Frame& frame, const nn::DetectorConfig& config) {
  const Size picture{.width = frame.width, .height = frame.height};
  const Size content = content_size(picture, config);
  Frame resized = resize_plain(frame, content);
  const Size padded = network_size(picture, config);
  Frame result =
      Frame::black(std::max(padded.width, content.width), std::max(padded.height, content.height));
  for (int y = 0; y < content.height; ++y) {
    std::copy_n(resized.row(y), 3 * content.width, result.row(y));
  }
  return result;
}

std::vector<Face> faces_from_candidates(const Candidates& candidates,
                                        Size picture,
                                        const nn::DetectorConfig& config) {
  require(candidates.boxes.size() == candidates.scores.size() &&
              candidates.landmarks.size() == candidates.scores.size(),
          "as many boxes and landmarks as scores");
  const Size content = content_size(picture, config);
  const double x_scale = static_cast<double>(picture.width) / content.width;
  const double y_scale = static_cast<double>(picture.height) / content.height;
  std::vector<Face> faces;
  for (const std::size_t i : suppress(candidates, config)) {
    // The order of operations is the original's (src/dataset/utils.py:166-172): multiply, then
    // divide, and a box leaves as a corner and a size.
    const Box& box = candidates.boxes[i];
    const double x = box.x1 * picture.width / content.width;
    const double y = box.y1 * picture.height / content.height;
    const double width = box.x2 * picture.width / content.width - x;
    const double height = box.y2 * picture.height / content.height - y;
    Face face{.box = {.x1 = x, .y1 = y, .x2 = x + width, .y2 = y + height},
              .score = candidates.scores[i]};
    for (std::size_t k = 0; k < face.landmarks.size(); ++k) {
      face.landmarks[k] = {.x = candidates.landmarks[i][k].x * x_scale,
                           .y = candidates.landmarks[i][k].y * y_scale};
    }
    faces.push_back(face);
  }
  return faces;
}

}  // namespace hyportrait::face
