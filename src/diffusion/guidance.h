// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/manifest.h"

#include <vector>

namespace hyportrait::diffusion {

/// Which conditions a branch of the U-Net's batch sees.
struct Branch {
  bool has_reference = false;
  bool has_motion = false;
  friend bool operator==(const Branch&, const Branch&) = default;
};

struct WeightedBranch {
  Branch branch;
  double weight = 0.0;
  friend bool operator==(const WeightedBranch&, const WeightedBranch&) = default;
};

/// How many of `steps` are guided: the share `until`, rounded up.
int guided_steps(const nn::GuidanceConfig& config, int steps);

/// The scale at `step` of `steps`: a straight line from min (first) to max (last).
double guidance_scale(const nn::GuidanceRange& range, int step, int steps);

/// u + g1 (d - u) + g2 (c - d) as a weighted sum: u (1 - g1), d (g1 - g2), c (g2); branches of
/// weight 0 are left out and so never computed. The weights add up to 1.
std::vector<WeightedBranch> guidance_branches(double appearance, double motion);
/// After the guided steps no scale is above 1: the branches that guidance moves away from have
/// weight 0.
std::vector<WeightedBranch> guidance_branches(const nn::GuidanceConfig& config,
                                              int step,
                                              int steps);

/// The branches of the step that has the most of them.
std::vector<Branch> max_branches(const nn::GuidanceConfig& config, int steps);

}  // namespace hyportrait::diffusion
