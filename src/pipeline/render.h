// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>

#include "core/frame.h"
#include "nn/bundle.h"
#include "pipeline/motion.h"
#include "pipeline/plan.h"
#include "pipeline/portrait.h"

#include <torch/types.h>

#include <filesystem>

namespace hyportrait::pipeline {

/// What the pictures are made of.
struct RenderInputs {
  const Frame& portrait;
  const PortraitCrop& crop;
  const DrivingMotion& motion;
  const torch::Tensor& latents;
};

/// Decodes the latents chunk by chunk, pastes, composes, and writes `file`, which is complete then.
WrittenFacts render(const nn::Bundle& bundle,
                    const Plan& plan,
                    const RenderInputs& inputs,
                    const std::filesystem::path& file,
                    const RunHooks& hooks);

}  // namespace hyportrait::pipeline
