// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "nn/manifest.h"

#include <cstdint>

namespace hyportrait::plan {

/// What a preset says of the sampler, relative to the bundle's own. docs/cli.md has the same table.
struct PresetValues {
  double steps = 1.0;           ///< share of the bundle's steps, rounded, at least 1
  double guidance_until = 1.0;  ///< GuidanceConfig::until
  bool tile = false;            ///< choose the padding with tiling_padding
};
PresetValues preset_values(PresetKind preset);

/// `config` with the preset's steps and guidance. The padding is settled later: it depends on the
/// window, which a flag may set.
nn::BundleConfig with_preset(nn::BundleConfig config, PresetKind preset);

/// Padding for a clip of `frames` frames that wastes less: a remainder of the ring costs a whole
/// window. Of the paddings from half of window.padding to all of it, the largest one with the
/// fewest windows. window.padding itself when the length is unknown (0).
int tiling_padding(std::int64_t frames, const nn::WindowConfig& window);

}  // namespace hyportrait::plan
