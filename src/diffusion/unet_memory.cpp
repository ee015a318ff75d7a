// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_memory.h"

#include <algorithm>

namespace hyportrait::diffusion {
namespace {

// Features of the first level that are alive together in its temporal feed-forward, in units of
// that level's own features: up to 29.3 with attention at that level, 15 without.
constexpr std::uint64_t kLiveFeatures = 30;

/// Channels of the first level: the pose feature [W,F,C0,h,w] is added to them. 0 when the manifest
/// leaves them open.
std::uint64_t first_width(const nn::ModuleSpec& unet) {
  for (const nn::TensorSpec& input : unet.inputs) {
    if (input.name == "pose_feature" && input.shape.size() == 5) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(input.shape[2], 0));
    }
  }
  return 0;
}

}  // namespace

std::uint64_t unet_call_bytes(const nn::ModuleSpec& unet,
                              const UnetCallSize& size,
                              nn::Precision precision) {
  const std::int64_t images =
      size.windows * size.frames * static_cast<std::int64_t>(size.branches.size());
  return kLiveFeatures * static_cast<std::uint64_t>(images * size.side * size.side) *
         first_width(unet) * nn::value_bytes(precision);
}

}  // namespace hyportrait::diffusion
