// SPDX-License-Identifier: Apache-2.0
#include "face/resize.h"
#include "run/render.h"

#include <algorithm>

namespace hyportrait::run {
namespace {

void copy_into(Frame& target, int left, const Frame& source) {
  for (int y = 0; y < source.height; ++y) {
    std::copy_n(source.row(y), static_cast<std::size_t>(source.width) * 3, target.at(left, y));
  }
}

Frame at_height(const Frame& frame, int height) {
  const face::Size size = face::scaled_to_height({frame.width, frame.height}, height);
  return face::resize_antialiased(frame, size, face::ResizeFilter::bilinear);
}

}  // namespace

Frame side_by_side(const Frame& portrait, const Frame& driver, const Frame& result) {
  const Frame left = at_height(portrait, result.height);
  const Frame middle = at_height(driver, result.height);
  Frame picture = Frame::black(left.width + middle.width + result.width, result.height);
  copy_into(picture, 0, left);
  copy_into(picture, left.width, middle);
  copy_into(picture, left.width + middle.width, result);
  picture.pts_seconds = result.pts_seconds;
  picture.duration_seconds = result.duration_seconds;
  return picture;
}

}  // namespace hyportrait::run
