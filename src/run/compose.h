// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

namespace hyportrait::run {

/// portrait | driving frame | result beside each other, all as high as the result, in proportion
/// (the size is plan.h's side_by_side_size()); time stamps are the result's.
Frame side_by_side(const Frame& portrait, const Frame& driver, const Frame& result);

}  // namespace hyportrait::run
