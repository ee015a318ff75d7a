// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/frame.h"
#include "face/face.h"

namespace hyportrait::pipeline {

/// The size of portrait | driving frame | result side by side: all as high as the result, in
/// proportion.
face::Size side_by_side_size(face::Size portrait, face::Size driver, face::Size result);

/// The three pictures beside each other; time stamps are the result's.
Frame side_by_side(const Frame& portrait, const Frame& driver, const Frame& result);

}  // namespace hyportrait::pipeline
