// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "diffusion/denoise.h"
#include "nn/device.h"
#include "nn/manifest.h"

#include <cstdint>
#include <optional>

namespace hyportrait::plan {

/// What the device's memory is asked for.
struct MemoryRequest {
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  EngineKind engine = EngineKind::torchscript;
  nn::BundleConfig config;
  std::int64_t frames = 0;           ///< of the clip; 0 while unknown
  std::optional<MemorySize> budget;  ///< unset: what the device has free
  bool keeps_networks = false;       ///< all of them, as in a batch
  std::uint64_t picture_bytes = 0;   ///< of the host: what finishing and encoding frames takes
};

/// How a run shares out the device's memory. All in bytes, of the device.
struct MemoryPlan {
  std::uint64_t budget = 0;  ///< what the run may take
  /// What its two largest stages take at most, by estimate: known with the bundle's `unet` and
  /// `vae`.
  std::optional<std::uint64_t> denoise{};
  std::optional<std::uint64_t> decode{};
  diffusion::Batch batch;
};

/// The largest batch of windows that fits. One window for the compiled engine, whose packages are
/// made for one, and on the CPU without a budget: batching gains nothing there, and the result
/// stays the same on every machine. Also one without an estimate, and then nothing is refused: a
/// run that meets its limit halves the batch. The decode chunk is never changed: other chunks give
/// another picture. Throws Error(device) when not even the smallest batch or the chunk fits.
/// `free`: of the device.
MemoryPlan plan_memory(const MemoryRequest& request,
                       const nn::Manifest& manifest,
                       const nn::MemoryFacts& free);

}  // namespace hyportrait::plan
