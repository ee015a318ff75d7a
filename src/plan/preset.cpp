// SPDX-License-Identifier: Apache-2.0
#include "plan/preset.h"

#include <algorithm>
#include <cmath>

namespace hyportrait::plan {

PresetValues preset_values(PresetKind preset) {
  switch (preset) {
    case PresetKind::fast:
      return {.steps = 1.0 / 2, .guidance_until = 1.0 / 2, .tile = true};
    case PresetKind::draft:
      return {.steps = 1.0 / 3, .guidance_until = 1.0 / 3, .tile = true};
    case PresetKind::exact:
      break;
  }
  return {};
}

nn::BundleConfig with_preset(nn::BundleConfig config, PresetKind preset) {
  const PresetValues values = preset_values(preset);
  const auto steps = static_cast<int>(std::lround(values.steps * config.sampler.steps));
  config.sampler.steps = std::max(steps, 1);
  config.guidance.until = values.guidance_until;
  return config;
}

int tiling_padding(std::int64_t frames, const nn::WindowConfig& window) {
  if (frames <= 0) {
    return window.padding;
  }
  const auto windows = [&](int padding) {
    const std::int64_t stride = window.frames - window.overlap;
    return (frames + std::int64_t{2} * padding + stride - 1) / stride;
  };
  int best = window.padding;
  const int least = (window.padding + 1) / 2;
  for (int padding = window.padding; padding >= least; --padding) {
    if (windows(padding) < windows(best)) {
      best = padding;
    }
  }
  return best;
}

}  // namespace hyportrait::plan
