// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/frame.h"
#include "media/video_writer.h"
#include "nn/bundle.h"
#include "pipeline/motion.h"
#include "pipeline/plan.h"
#include "pipeline/portrait.h"

#include <torch/types.h>

#include <functional>
#include <string>

namespace hyportrait::pipeline {

/// Decodes the latents chunk by chunk, pastes, composes and writes. `before_rename` runs when the
/// file is whole but not yet under its name: the sidecar goes in place there.
media::WriterReport render(const nn::Bundle& bundle,
                           const Plan& plan,
                           const Frame& portrait,
                           const PortraitCrop& crop,
                           const DrivingMotion& motion,
                           const torch::Tensor& latents,
                           const RunHooks& hooks,
                           const std::function<void(const media::WriterReport&)>& before_rename);

}  // namespace hyportrait::pipeline
