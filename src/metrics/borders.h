// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/plan.h>

#include <cstdint>
#include <set>

namespace hyportrait::metrics {

/// Frames of the result that begin another chunk of the VAE's decoder (chunks count from the first
/// padding frame, vae/decode.h).
std::set<std::int64_t> chunk_borders(const SamplerFacts& sampler, std::int64_t frames);

/// Frames of the result from which on other windows of the sampler's last step hold the picture
/// (diffusion/windows.h).
std::set<std::int64_t> window_borders(const SamplerFacts& sampler, std::int64_t frames);

}  // namespace hyportrait::metrics
