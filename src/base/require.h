// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <source_location>
#include <string_view>

namespace hyportrait {

/// Throws std::logic_error naming `what` and the caller's place when `condition` is false: for
/// programmer errors only (bad input is an hyportrait::Error). Stays on in release builds.
void require(bool condition,
             std::string_view what,
             std::source_location where = std::source_location::current());

}  // namespace hyportrait
