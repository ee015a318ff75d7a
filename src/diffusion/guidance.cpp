// SPDX-License-Identifier: Apache-2.0
#include "diffusion/guidance.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hyportrait::diffusion {

int guided_steps(const nn::GuidanceConfig& config, int steps) {
  constexpr double kRounding = 1e-9;  // 0.6 of 5 steps is 3, although 0.6 * 5 is above 3
  return static_cast<int>(std::ceil(config.until * steps - kRounding));
}

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
  double appearance = guidance_scale(config.appearance, step, steps);
  double motion = guidance_scale(config.motion, step, steps);
  if (step >= guided_steps(config, steps)) {
    appearance = std::min(appearance, 1.0);
    motion = std::min(motion, 1.0);
  }
  return guidance_branches(appearance, motion);
}

std::vector<Branch> max_branches(const nn::GuidanceConfig& config, int steps) {
  std::vector<Branch> largest;
  for (int step = 0; step < steps; ++step) {
    const auto branches = guidance_branches(config, step, steps);
    if (branches.size() > largest.size()) {
      largest.clear();
      for (const WeightedBranch& branch : branches) {
        largest.push_back(branch.branch);
      }
    }
  }
  return largest;
}

}  // namespace hyportrait::diffusion
