// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/unet_flops.h"
#include "nn/device.h"
#include "nn/manifest.h"

#include <cstdint>

namespace hyportrait::diffusion {

/// Bytes that one call of the U-Net of scripts/networks/unet.py takes beside its weights, at most:
/// what scripts/export/count_memory.py counts when attention is fused. `unet`: its manifest entry,
/// for the width of its first layer.
std::uint64_t unet_call_bytes(const nn::ModuleSpec& unet,
                              const UnetCallSize& size,
                              nn::Precision precision);

}  // namespace hyportrait::diffusion
