// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>

#include "base/frame.h"
#include "media/video_writer.h"
#include "nn/bundle.h"
#include "output/frame_folder.h"
#include "plan/plan.h"
#include "run/motion.h"
#include "run/portrait.h"

#include <torch/types.h>

#include <filesystem>

namespace hyportrait::run {

/// What the pictures are made of.
struct RenderInputs {
  const Frame& portrait;
  const PortraitCrop& crop;
  const DrivingMotion& motion;
  const torch::Tensor& latents;
};

/// Where they go.
struct RenderTargets {
  const std::filesystem::path& file;
  const FrameFolder& frames;
};

/// How the output is written, with the sound of the whole clip.
media::WriterOptions writer_options(const plan::Plan& plan);

/// Decodes the latents chunk by chunk, pastes, composes, and writes the targets, which are complete
/// then.
WrittenFacts render(const nn::Bundle& bundle,
                    const plan::Plan& plan,
                    const RenderInputs& inputs,
                    const RenderTargets& targets,
                    const RunHooks& hooks);

}  // namespace hyportrait::run
