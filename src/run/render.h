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
  const torch::Tensor& portrait_latent;  // conditions::Reference::latent
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

/// What was written, and what of the portrait's detail is in it.
struct Rendered {
  WrittenFacts written;
  DetailFacts detail;
};

/// Decodes the latents chunk by chunk, adds the portrait's detail, pastes, composes, and writes the
/// targets, which are complete then.
Rendered render(const nn::Bundle& bundle,
                const plan::Plan& plan,
                const RenderInputs& inputs,
                const RenderTargets& targets,
                const RunHooks& hooks);

/// portrait | driving frame | result beside each other, all as high as the result, in proportion
/// (the size is plan.h's side_by_side_size()); time stamps are the result's.
Frame side_by_side(const Frame& portrait, const Frame& driver, const Frame& result);

}  // namespace hyportrait::run
