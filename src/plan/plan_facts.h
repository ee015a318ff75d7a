// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/plan.h>

#include "nn/bundle.h"
#include "plan/plan.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hyportrait::plan {

/// The plan for people and for the sidecar: inputs, bundle, device, sampler, windows.
RunPlan facts_of(const Plan& plan, const nn::Bundle& bundle);

/// What past runs are remembered under: bundle, device, precision, size.
std::string speed_key(const Plan& plan, const nn::Bundle& bundle);

/// Work and cost of a run of `frames` frames: windows, U-Net calls, memory (an estimate), and
/// seconds when a past run tells.
WorkEstimate estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames);

/// What a run of `frames` frames takes on the disk at least, bytes: its state twice (a save
/// replaces the one before), the frames of --frames-dir, the output. What pictures come to is not
/// known before they are there, so these are taken as they are of flat drawings.
struct DiskNeed {
  std::uint64_t beside_output = 0;
  std::uint64_t in_frames_dir = 0;
};
DiskNeed disk_need(const Plan& plan, std::int64_t frames);

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
