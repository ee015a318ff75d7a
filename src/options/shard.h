// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// A share of the jobs: those whose place leaves `index` when divided by `count`.
struct Shard {
  int index = 0;  ///< from 0
  int count = 1;
};

/// The environment's value of a name.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// "I/N" (I from 0), "auto" (a Slurm job array says both) or "auto/N" (Slurm's task or Kubernetes'
/// index, of N). Throws Error(usage) saying what is missing.
Shard parse_shard(const std::string& text, const Environment& environment);

std::vector<BatchJob> jobs_of_shard(const std::vector<BatchJob>& jobs, const Shard& shard);

}  // namespace hyportrait
