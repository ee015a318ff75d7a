// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/unet_flops.h"
#include "nn/device.h"
#include "nn/manifest.h"

#include <cstdint>

namespace hyportrait::diffusion {

/// Bytes that one call takes beside the weights, at most, of the U-Net that the manifest's section
/// `unet` describes, which is UNet of scripts/networks/unet.py: what scripts/export/count_memory.py
/// counts when attention is fused.
std::uint64_t unet_call_bytes(const nn::UnetSizes& unet,
                              const UnetCallSize& call,
                              nn::Precision precision);

}  // namespace hyportrait::diffusion
