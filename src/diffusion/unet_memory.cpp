// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_memory.h"

namespace hyportrait::diffusion {
namespace {

// Features of the first level that are alive together in its temporal feed-forward, in units of
// that level's own features: up to 29.3 with attention at that level, 15 without.
constexpr std::uint64_t kLiveFeatures = 30;

}  // namespace

std::uint64_t unet_call_bytes(const nn::UnetSizes& unet,
                              const UnetCallSize& call,
                              nn::Precision precision) {
  const std::int64_t images =
      call.windows * call.frames * static_cast<std::int64_t>(call.branches.size());
  return kLiveFeatures * static_cast<std::uint64_t>(images * call.side * call.side) *
         static_cast<std::uint64_t>(unet.channels.front()) * nn::value_bytes(precision);
}

}  // namespace hyportrait::diffusion
