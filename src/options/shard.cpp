// SPDX-License-Identifier: Apache-2.0
#include "options/shard.h"

#include <hyportrait/error.h>

#include "base/parse_text.h"

#include <spdlog/fmt/fmt.h>

#include <stdexcept>

namespace hyportrait {
namespace {

int shard_number(const std::string& text, const std::string& what, int lowest) {
  try {
    return static_cast<int>(parse_integer(text, lowest, 1'000'000));
  } catch (const std::invalid_argument& error) {
    throw Error(ExitCode::usage, what + " " + text + ": " + error.what());
  }
}

int from_environment(const Environment& environment, const char* name, int lowest) {
  const std::optional<std::string> text = environment(name);
  if (!text) {
    throw Error(ExitCode::usage,
                std::string("--shard auto: ") + name +
                    " is not set; run it in a Slurm job array, or say --shard I/N");
  }
  return shard_number(*text, name, lowest);
}

/// Slurm counts the tasks of an array with COUNT, MIN and, for --array=0-30:10, STEP.
Shard slurm_shard(const Environment& environment) {
  if (!environment("SLURM_ARRAY_TASK_ID") && environment("JOB_COMPLETION_INDEX")) {
    throw Error(ExitCode::usage,
                "--shard auto: a Kubernetes job tells its index only; say --shard auto/N");
  }
  const int task = from_environment(environment, "SLURM_ARRAY_TASK_ID", 0);
  const int lowest = from_environment(environment, "SLURM_ARRAY_TASK_MIN", 0);
  const int step = environment("SLURM_ARRAY_TASK_STEP")
                       ? from_environment(environment, "SLURM_ARRAY_TASK_STEP", 1)
                       : 1;
  return {(task - lowest) / step, from_environment(environment, "SLURM_ARRAY_TASK_COUNT", 1)};
}

}  // namespace

Shard parse_shard(const std::string& text, const Environment& environment) {
  const std::size_t slash = text.find('/');
  const std::string index = text.substr(0, slash);
  Shard shard;
  if (text == "auto") {
    shard = slurm_shard(environment);
  } else if (slash == std::string::npos) {
    throw Error(ExitCode::usage, "--shard " + text + ": expected I/N, auto or auto/N");
  } else {
    shard.count = shard_number(text.substr(slash + 1), "--shard: the N of", 1);
    if (index != "auto") {
      shard.index = shard_number(index, "--shard: the I of", 0);
    } else {
      shard.index = from_environment(
          environment,
          environment("JOB_COMPLETION_INDEX") ? "JOB_COMPLETION_INDEX" : "SLURM_ARRAY_TASK_ID",
          0);
    }
  }
  if (shard.index < 0 || shard.index >= shard.count) {
    throw Error(ExitCode::usage,
                fmt::format("--shard {}: shard {} of {} does not exist; they count from 0, "
                            "without gaps",
                            text,
                            shard.index,
                            shard.count));
  }
  return shard;
}

std::vector<BatchJob> jobs_of_shard(const std::vector<BatchJob>& jobs, const Shard& shard) {
  std::vector<BatchJob> mine;
  for (std::size_t i = static_cast<std::size_t>(shard.index); i < jobs.size();
       i += static_cast<std::size_t>(shard.count)) {
    mine.push_back(jobs[i]);
  }
  return mine;
}

}  // namespace hyportrait
