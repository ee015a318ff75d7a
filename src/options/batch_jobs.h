// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// The most that is read of a jobs file, bytes.
inline constexpr std::size_t kMaxJobsText = std::size_t{256} << 20;

/// Where a jobs file came from and where its outputs go.
struct JobsSource {
  std::string name;               ///< for messages; "-" for standard input
  std::filesystem::path folder;   ///< relative inputs are taken from it
  std::filesystem::path out_dir;  ///< every output lies in it
  AnimateOptions defaults{};      ///< what a job does not say
};

/// The jobs of a file with one JSON object a line (the keys of a config file of `animate`); empty
/// lines are passed over. Throws Error(usage) naming the line: no JSON, an unknown key, a bad
/// value, an output outside the folder, two jobs with one output.
std::vector<BatchJob> parse_jobs(const std::string& text, const JobsSource& source);

/// Each portrait with each clip; clips change slowest, so that each is encoded once.
std::vector<BatchJob> pair_jobs(const std::vector<std::filesystem::path>& refs,
                                const std::vector<std::filesystem::path>& drives,
                                const JobsSource& source);

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
