// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace hyportrait::plan {

/// How long a past run took, in the units that a new run is made of.
struct RunSpeed {
  double branch_step_seconds = 0.0;  ///< denoise, per branch of a window-step
  double frame_seconds = 0.0;        ///< everything else, per frame
};

/// What the last run with this key was like; nothing when there was none or the record cannot be
/// read. It is kept in the user's cache folder and only ever used for estimates.
std::optional<RunSpeed> past_speed(const std::string& key);

/// Notes a run; failing to is no error (a read-only home).
void note_speed(const std::string& key, const RunSpeed& speed);

}  // namespace hyportrait::plan
