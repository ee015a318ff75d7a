// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "base/frame.h"
#include "face/face.h"

namespace hyportrait::inspection {

/// Width of lines that show at any size of the picture, px.
int line_width(const Frame& frame);

// All are cut off at the picture's edges.
void draw_box(Frame& frame, const face::Box& box, Colour colour, int width);
void draw_dot(Frame& frame, face::Point centre, Colour colour, int radius);

/// The number's digits, `height` px high, with its upper left corner at `corner`.
void draw_number(Frame& frame, int number, face::Point corner, Colour colour, int height);

}  // namespace hyportrait::inspection
