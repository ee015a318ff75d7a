// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"
#include "pipeline/plan.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace hyportrait::pipeline {

/// The plan for people and for the sidecar: inputs, bundle, device, sampler, windows.
nlohmann::ordered_json to_json(const Plan& plan, const nn::Bundle& bundle);

nlohmann::ordered_json batch_json(const diffusion::Batch& batch);

/// What past runs are remembered under: bundle, device, precision, size.
std::string speed_key(const Plan& plan, const nn::Bundle& bundle);

/// Work and cost of a run of `frames` frames: windows, U-Net calls, memory (an estimate), and
/// seconds when a past run tells.
nlohmann::ordered_json estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames);

}  // namespace hyportrait::pipeline
