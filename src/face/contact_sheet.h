// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <cstdint>
#include <vector>

namespace hyportrait::face {

/// `count` frames of a clip, evenly from its first to its last; fewer of a shorter clip.
std::vector<std::int64_t> moments_of(std::int64_t frames, int count);

/// A frame at this height, in proportion.
Frame cell_of(const Frame& frame, int height);

/// Pictures in rows and columns on white, `gap` px apart: a column is as wide as its widest
/// picture, a row as high as its highest. A picture of no size is left out.
Frame contact_sheet(const std::vector<std::vector<Frame>>& rows, int gap);

}  // namespace hyportrait::face
