// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hyportrait {

/// What is said where memory ran out and nobody knows for what.
inline constexpr const char* kOutOfMemory =
    "not enough memory; close other programs, or lower --size, --window or --decode-chunk";

/// From now on an allocation that fails where nothing can be thrown ends the program with that line
/// on standard error and ExitCode::device instead of SIGABRT: the destructor of nlohmann::json
/// allocates, also while another failed allocation is on its way to whom it concerns.
void end_on_out_of_memory();

}  // namespace hyportrait
