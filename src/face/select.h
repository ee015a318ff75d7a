// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "face/face.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::face {

/// The face of largest area, the first of equals; nothing when there is no face.
std::optional<Face> largest(const std::vector<Face>& faces);

/// The face that `selector` means: the largest, the INDEX-th from the left (by box centre, from 0),
/// or the one whose centre is nearest to the point. Nothing when there is no such face.
std::optional<Face> choose(const std::vector<Face>& faces, const FaceSelector& selector);

/// "1 face, number 0" or "3 faces, numbered 0 to 2 from the left", for messages.
std::string numbered_faces(std::size_t count);

/// The detection whose centre lies in `place` and that overlaps it best; nothing when none does.
std::optional<Face> best_inside(const std::vector<Face>& faces, const Box& place);

/// A face whose place the user gave: `place` is its box; landmarks are those of best_inside or,
/// where a detector sees nothing (drawn faces), at typical proportions of the box, with score 0.
Face face_at(const std::vector<Face>& faces, const Box& place);

/// Shared area over joint area, 0..1.
double intersection_over_union(const Box& a, const Box& b);

/// A box of the command line (x, y, width, height) by its corners; nothing for none.
std::optional<Box> to_box(const std::optional<PixelBox>& box);

/// Throws Error(usage) when less than half of a box of the command line lies in its picture.
/// `option`: "--ref-box"; `name`: of the picture.
void check_box(const PixelBox& box,
               PixelSize picture,
               const std::string& option,
               const std::string& name);

}  // namespace hyportrait::face
