// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/frame_folder.h"
#include "plan/plan.h"
#include "plan/plan_hash.h"

namespace hyportrait::run {

/// Tries, before the first network runs, everything that the output needs beside the frames
/// themselves: the encoder with its options, the container with the sound's parameters, the folder
/// of frames, the noise file, room on the disk. Nothing stays on the disk. Throws the Error that
/// the run would end with, hours later.
void rehearse(const plan::Plan& plan, const plan::PlanHash& hash);

/// What may lie in the folder of --frames-dir: frames of the same run, cut off while it wrote them,
/// have a state beside the output in which all steps are done.
FramesBefore frames_before(const plan::Plan& plan, const plan::PlanHash& hash);

}  // namespace hyportrait::run
