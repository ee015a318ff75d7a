// SPDX-License-Identifier: Apache-2.0
#include "face/paste_back.h"

#include <hyportrait/error.h>

#include "face/crop.h"
#include "face/resize.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace hyportrait::face {
namespace {

constexpr double kOriginalRamp = 0.1;  // of the side
// The face takes the middle third of its crop; 16 % on each side stay clear of it, and the smooth
// ramp's middle is as steep as the original's.
constexpr double kSoftRamp = 0.16;

/// numpy.linspace(0, 1, count)[i]
double linear_ramp(int i, int count) {
  return count > 1 ? i * (1.0 / (count - 1)) : 0.0;
}

/// The original's weight of pixel `i` along a side. Where its two ramps would meet, the later one
/// counts.
double original_weight(int i, int length) {
  const int border = static_cast<int>(length * kOriginalRamp);
  if (i >= length - border) {
    return linear_ramp(length - 1 - i, border);
  }
  return i < border ? linear_ramp(i, border) : 1.0;
}

struct FadedEnds {
  bool begin = true;
  bool end = true;
};

double soft_weight(int i, int length, FadedEnds faded) {
  const double ramp = std::max(kSoftRamp * length, 1.0);
  const double from_begin = faded.begin ? (i + 0.5) / ramp : 1.0;
  const double from_end = faded.end ? (length - i - 0.5) / ramp : 1.0;
  const double t = std::min({from_begin, from_end, 1.0});
  return t * t * (3 - 2 * t);
}

/// Blends as the original does, in its order of operations in float32, and truncates.
std::uint8_t blend_original(std::uint8_t generated, std::uint8_t portrait, float weight) {
  const float front = static_cast<float>(generated) / 255.0F;
  const float back = static_cast<float>(portrait) / 255.0F;
  const float blended = front * weight + back * (1.0F - weight);
  return static_cast<std::uint8_t>(blended * 255.0F);
}

std::uint8_t blend_soft(std::uint8_t generated, std::uint8_t portrait, float weight) {
  const float back = portrait;
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and lround is a call a pixel
  return static_cast<std::uint8_t>(back + weight * (static_cast<float>(generated) - back) + 0.5F);
}

struct BlendedRow {
  const std::uint8_t* front;
  const std::uint8_t* back;
  const float* weight;  ///< of the front, one a pixel
  int width;
};

void blend_original_row(const BlendedRow& row, std::uint8_t* target) {
  for (int x = 0; x < row.width; ++x) {
    for (int i = 3 * x; i < 3 * x + 3; ++i) {
      target[i] = blend_original(row.front[i], row.back[i], row.weight[x]);
    }
  }
}

/// Inside the ramps the weight is 1, and the front is copied.
void blend_soft_row(const BlendedRow& row, std::uint8_t* target) {
  int x = 0;
  while (x < row.width) {
    for (; x < row.width && row.weight[x] != 1.0F; ++x) {
      for (int i = 3 * x; i < 3 * x + 3; ++i) {
        target[i] = blend_soft(row.front[i], row.back[i], row.weight[x]);
      }
    }
    const int first = 3 * x;
    while (x < row.width && row.weight[x] == 1.0F) {
      ++x;
    }
    std::copy(row.front + first, row.front + std::ptrdiff_t{3} * x, target + first);
  }
}

EdgeSides edges_of(const CropBox& box, const Frame& portrait) {
  return {.left = box.x1 <= 0,
          .top = box.y1 <= 0,
          .right = box.x2 >= portrait.width,
          .bottom = box.y2 >= portrait.height};
}

std::vector<float> mask_of(const CropBox& box, const Frame& portrait, BlendKind blend) {
  const Size size{.width = box.width(), .height = box.height()};
  return blend == BlendKind::original ? original_mask(size)
                                      : soft_mask(size, edges_of(box, portrait));
}

}  // namespace

std::vector<float> original_mask(Size size) {
  std::vector<float> mask;
  mask.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y) {
    const double row = original_weight(y, size.height);
    for (int x = 0; x < size.width; ++x) {
      const auto column = static_cast<float>(original_weight(x, size.width));
      mask.push_back(static_cast<float>(column * row));
    }
  }
  return mask;
}

std::vector<float> soft_mask(Size size, EdgeSides edges) {
  std::vector<float> mask;
  mask.reserve(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y) {
    const double row = soft_weight(y, size.height, {.begin = !edges.top, .end = !edges.bottom});
    for (int x = 0; x < size.width; ++x) {
      const double column = soft_weight(x, size.width, {.begin = !edges.left, .end = !edges.right});
      mask.push_back(static_cast<float>(row * column));
    }
  }
  return mask;
}

PasteBack::PasteBack(Frame portrait, const CropBox& box, const PasteOptions& options)
    : portrait_(std::move(portrait)), result_(portrait_), box_(box), options_(options) {
  if (box.width() <= 0 || box.height() <= 0 || box.x1 >= portrait_.width || box.x2 <= 0 ||
      box.y1 >= portrait_.height || box.y2 <= 0) {
    throw Error(ExitCode::input,
                "paste-back: the crop box has no pixel inside the portrait of " +
                    std::to_string(portrait_.width) + "x" + std::to_string(portrait_.height) +
                    " px; choose another face or give its box");
  }
  mask_ = mask_of(box_, portrait_, options_.blend);
  if (options_.blend == BlendKind::soft && options_.colour_match) {
    match_ = ColourMatch(crop(portrait_, box_), edges_of(box_, portrait_));
  }
}

Frame& PasteBack::operator()(const Frame& generated) {
  Frame front = scaled(generated);
  match(front);
  return paste(front);
}

Frame PasteBack::scaled(const Frame& generated) const {
  const Size size{.width = box_.width(), .height = box_.height()};
  return options_.blend == BlendKind::original
             ? resize_plain(generated, size)
             : resize_antialiased(generated, size, ResizeFilter::bicubic);
}

FrameArea PasteBack::changed() const {
  const int x = std::max(box_.x1, 0);
  const int y = std::max(box_.y1, 0);
  return {.x = x,
          .y = y,
          .width = std::min(box_.x2, portrait_.width) - x,
          .height = std::min(box_.y2, portrait_.height) - y};
}

Frame& PasteBack::paste(const Frame& front) {
  result_.pts_seconds = front.pts_seconds;
  result_.duration_seconds = front.duration_seconds;
  const FrameArea area = changed();
  for (int y = area.y; y < area.y + area.height; ++y) {
    const std::ptrdiff_t place =
        static_cast<std::ptrdiff_t>(y - box_.y1) * front.width + (area.x - box_.x1);
    const BlendedRow row{.front = front.at(area.x - box_.x1, y - box_.y1),
                         .back = portrait_.at(area.x, y),
                         .weight = mask_.data() + place,
                         .width = area.width};
    std::uint8_t* target = result_.at(area.x, y);
    options_.blend == BlendKind::original ? blend_original_row(row, target)
                                          : blend_soft_row(row, target);
  }
  return result_;
}

}  // namespace hyportrait::face
