// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait {

/// Largest jobs file that is read, bytes.
inline constexpr std::size_t kMaxJobsText = std::size_t{256} << 20;

/// Where a jobs file came from and where its outputs go.
struct JobsSource {
  std::string name;               ///< for messages; "-" for standard input
  std::filesystem::path folder;   ///< relative inputs are taken from it
  std::filesystem::path out_dir;  ///< every output lies in it
  AnimateOptions defaults{};      ///< what a job does not say
};

/// The jobs of a file with one JSON object a line (the keys of a config file of `animate`); empty
/// lines are skipped. Throws Error(usage) naming the line: no JSON, an unknown key, a bad
/// value, an output outside the folder, two jobs with one output.
std::vector<BatchJob> parse_jobs(const std::string& text, const JobsSource& source);

/// Each portrait with each clip; clips change slowest, so that each is encoded once.
std::vector<BatchJob> pair_jobs(const std::vector<std::filesystem::path>& refs,
                                const std::vector<std::filesystem::path>& drives,
                                const JobsSource& source);

}  // namespace hyportrait
