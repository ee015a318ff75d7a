// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/plan.h>

#include "nn/bundle.h"
#include "plan/plan.h"

#include <cstdint>
#include <string>

namespace hyportrait::plan {

/// The plan for people and for the sidecar: inputs, bundle, device, sampler, windows.
RunPlan facts_of(const Plan& plan, const nn::Bundle& bundle);

/// What past runs are remembered under: bundle, device, precision, size.
std::string speed_key(const Plan& plan, const nn::Bundle& bundle);

/// Work and cost of a run of `frames` frames: windows, U-Net calls, memory (an estimate), and
/// seconds when a past run tells.
WorkEstimate estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames);

/// The least that a run of `frames` frames takes on the disk, bytes: its state twice (a save
/// replaces the one before), the frames of --frames-dir, the output. What pictures come to is not
/// known before they are there, so these are taken as they are of flat drawings.
struct DiskNeed {
  std::uint64_t beside_output = 0;
  std::uint64_t in_frames_dir = 0;
};
DiskNeed disk_need(const Plan& plan, std::int64_t frames);

}  // namespace hyportrait::plan
