// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>

#include <vector>

namespace hyportrait::run {

/// As few points as give each frame's time within a millisecond by straight lines: of a constant
/// rate the first frame and the last. `seconds`: of each frame, ascending; `start` is added.
std::vector<DriverTime> driver_times(const std::vector<double>& seconds, double start);

}  // namespace hyportrait::run
