// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/plan.h>

#include "nn/bundle.h"
#include "pipeline/plan.h"

#include <cstdint>
#include <string>

namespace hyportrait::pipeline {

/// The plan for people and for the sidecar: inputs, bundle, device, sampler, windows.
RunPlan facts_of(const Plan& plan, const nn::Bundle& bundle);

/// What past runs are remembered under: bundle, device, precision, size.
std::string speed_key(const Plan& plan, const nn::Bundle& bundle);

/// Work and cost of a run of `frames` frames: windows, U-Net calls, memory (an estimate), and
/// seconds when a past run tells.
WorkEstimate estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames);

}  // namespace hyportrait::pipeline
