// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/guidance.h"
#include "nn/device.h"
#include "nn/manifest.h"

#include <cstdint>
#include <vector>

namespace hyportrait::diffusion {

/// The sizes of one U-Net call that are not the network's.
struct UnetCallSize {
  std::int64_t windows = 1;
  std::int64_t frames = 25;             ///< of a window
  std::int64_t side = 64;               ///< of the latents
  std::int64_t appearance_tokens = 64;  ///< T
  std::int64_t motion_tokens = 64;      ///< M, of a frame
  std::vector<Branch> branches{};
};

/// Floating-point operations of one call of the U-Net that the manifest's section `unet` describes,
/// which is UNet of hyportrait.export.networks.unet: matrix products, convolutions and attention, a
/// multiply-add as 2, as scripts/cost/count_flops.py counts them with torch's counter.
double unet_flops(const nn::UnetSizes& unet, const UnetCallSize& call);

/// Bytes that one call takes beside the weights, at most, of the U-Net that the manifest's section
/// `unet` describes, which is UNet of hyportrait.export.networks.unet: what
/// scripts/cost/count_memory.py counts when attention is fused.
std::uint64_t unet_call_bytes(const nn::UnetSizes& unet,
                              const UnetCallSize& call,
                              nn::Precision precision);

}  // namespace hyportrait::diffusion
