// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/frame_folder.h"
#include "pipeline/plan.h"
#include "pipeline/plan_hash.h"

#include <cstdint>

namespace hyportrait::pipeline {

/// Tries, before the first network runs, everything that the output needs beside the frames
/// themselves: the encoder with its options, the container with the sound's parameters, the folder
/// of frames, the noise file, room on the disk. Nothing stays on the disk. Throws the Error that
/// the run would end with, hours later.
void rehearse(const Plan& plan, const PlanHash& hash);

/// What may lie in the folder of --frames-dir: frames of the same run, cut off while it wrote them,
/// have a state beside the output in which all steps are done.
FramesBefore frames_before(const Plan& plan, const PlanHash& hash);

/// The least that a run of `frames` frames takes on the disk, bytes: its state twice (a save
/// replaces the one before), the frames of --frames-dir, the output. What pictures come to is not
/// known before they are there, so these are taken as they are of flat drawings.
struct DiskNeed {
  std::uint64_t beside_output = 0;
  std::uint64_t in_frames_dir = 0;
};
DiskNeed disk_need(const Plan& plan, std::int64_t frames);

}  // namespace hyportrait::pipeline
