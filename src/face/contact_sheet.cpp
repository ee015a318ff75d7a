// SPDX-License-Identifier: Apache-2.0
#include "face/contact_sheet.h"

#include "face/resize.h"

#include <algorithm>
#include <numeric>

namespace hyportrait::face {

std::vector<std::int64_t> moments_of(std::int64_t frames, int count) {
  std::vector<std::int64_t> moments;
  const std::int64_t number = std::min<std::int64_t>(frames, count);
  for (std::int64_t i = 0; i < number; ++i) {
    moments.push_back(number == 1 ? 0 : i * (frames - 1) / (number - 1));
  }
  return moments;
}

Frame cell_of(const Frame& frame, int height) {
  return resize_antialiased(
      frame, scaled_to_height({frame.width, frame.height}, height), ResizeFilter::bilinear);
}

Frame contact_sheet(const std::vector<std::vector<Frame>>& rows, int gap) {
  std::vector<int> widths;
  std::vector<int> heights;
  for (const std::vector<Frame>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    heights.push_back(0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].width);
      heights.back() = std::max(heights.back(), row[i].height);
    }
  }
  const auto total = [gap](const std::vector<int>& sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), 0) +
           gap * (std::max<int>(static_cast<int>(sizes.size()), 1) - 1);
  };
  Frame sheet = Frame::black(total(widths), total(heights));
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), std::uint8_t{255});
  int top = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    int left = 0;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const Frame& picture = rows[r][i];
      for (int y = 0; y < picture.height; ++y) {
        std::copy_n(
            picture.row(y), static_cast<std::size_t>(picture.width) * 3, sheet.at(left, top + y));
      }
      left += widths[i] + gap;
    }
    top += heights[r] + gap;
  }
  return sheet;
}

}  // namespace hyportrait::face
