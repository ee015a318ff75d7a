// SPDX-License-Identifier: Apache-2.0
#include "diffusion/guidance.h"

#include <array>

namespace hyportrait::diffusion {

double guidance_scale(const nn::GuidanceRange& range, int step, int steps) {
  return steps == 1 ? range.min : range.min + (range.max - range.min) * step / (steps - 1);
}

std::vector<WeightedBranch> guidance_branches(double appearance, double motion) {
  const std::array<WeightedBranch, 3> all{
      WeightedBranch{{.has_reference = false, .has_motion = false}, 1.0 - appearance},
      WeightedBranch{{.has_reference = true, .has_motion = false}, appearance - motion},
      WeightedBranch{{.has_reference = true, .has_motion = true}, motion}};
  std::vector<WeightedBranch> needed;
  for (const WeightedBranch& branch : all) {
    if (branch.weight != 0.0) {
      needed.push_back(branch);
    }
  }
  return needed;
}

std::vector<WeightedBranch> guidance_branches(const nn::GuidanceConfig& config,
                                              int step,
                                              int steps) {
  return guidance_branches(guidance_scale(config.appearance, step, steps),
                           guidance_scale(config.motion, step, steps));
}

}  // namespace hyportrait::diffusion
