// SPDX-License-Identifier: Apache-2.0
#include "options/batch_jobs.h"

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/parse_text.h"
#include "options/animate_options.h"

#include <map>
#include <sstream>
#include <stdexcept>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxJobs = 1'000'000;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ExitCode::usage, what);
}

/// The output in the folder: `name`, or made of the inputs' names.
fs::path output_in(const fs::path& out_dir, const AnimateOptions& options, fs::path name) {
  if (name.empty()) {
    name = default_output_name(options);
  }
  return fs::absolute(out_dir / name).lexically_normal();
}

/// A name that stays inside --out-dir: relative, and not up.
fs::path checked_name(const nlohmann::json& value, const std::string& where) {
  fs::path name =
      value.is_string() ? fs::path(value.get<std::string>()).lexically_normal() : fs::path();
  const bool has_nul = name.native().find('\0') != std::string::npos;  // ends it for the system
  if (name.empty() || has_nul || name.is_absolute() || *name.begin() == ".." ||
      !name.has_filename()) {
    refuse(where + ": 'output': expected the name of a file inside --out-dir, found " +
           shown(value));
  }
  return name;
}

AnimateOptions parse_job(const std::string& line,
                         const JobsSource& source,
                         const std::string& where) {
  nlohmann::json config = parse_json(line, where, ExitCode::usage);
  fs::path name;
  if (config.is_object() && config.contains("output")) {
    name = checked_name(config.at("output"), where);
    config.erase("output");
  }
  AnimateOptions options = source.defaults;
  apply_config(options, config, where, source.folder);
  try {
    validate(options);
  } catch (const Error& error) {
    refuse(where + ": " + error.what());
  }
  options.output = output_in(source.out_dir, options, name);
  return options;
}

/// Two jobs must not write one file, nor the frames of two jobs lie in one folder.
void refuse_same_outputs(const std::vector<BatchJob>& jobs) {
  std::map<fs::path, std::string> outputs;
  std::map<fs::path, std::string> folders;
  for (const BatchJob& job : jobs) {
    const auto [output, new_output] = outputs.emplace(job.options.output, job.name);
    if (!new_output) {
      refuse(output->second + " and " + job.name + " have the same output " +
             job.options.output.string() + "; give one of them another \"output\"");
    }
    if (job.options.frames_dir.empty()) {
      continue;
    }
    const fs::path folder = fs::absolute(job.options.frames_dir).lexically_normal();
    const auto [frames, new_frames] = folders.emplace(folder, job.name);
    if (!new_frames) {
      refuse(frames->second + " and " + job.name + " have the same frames-dir " + folder.string());
    }
  }
}

int shard_number(const std::string& text, const std::string& what, int lowest) {
  try {
    return static_cast<int>(parse_integer(text, lowest, 1'000'000));
  } catch (const std::invalid_argument& error) {
    refuse(what + " " + text + ": " + error.what());
  }
}

int from_environment(const Environment& environment, const char* name, int lowest) {
  const std::optional<std::string> text = environment(name);
  if (!text) {
    refuse(std::string("--shard auto: ") + name +
           " is not set; run it in a Slurm job array, or say --shard I/N");
  }
  return shard_number(*text, name, lowest);
}

/// Slurm counts the tasks of an array with COUNT, MIN and, for --array=0-30:10, STEP.
Shard slurm_shard(const Environment& environment) {
  if (!environment("SLURM_ARRAY_TASK_ID") && environment("JOB_COMPLETION_INDEX")) {
    refuse("--shard auto: a Kubernetes job tells its index only; say --shard auto/N");
  }
  const int task = from_environment(environment, "SLURM_ARRAY_TASK_ID", 0);
  const int lowest = from_environment(environment, "SLURM_ARRAY_TASK_MIN", 0);
  const int step = environment("SLURM_ARRAY_TASK_STEP")
                       ? from_environment(environment, "SLURM_ARRAY_TASK_STEP", 1)
                       : 1;
  return {(task - lowest) / step, from_environment(environment, "SLURM_ARRAY_TASK_COUNT", 1)};
}

}  // namespace

std::vector<BatchJob> parse_jobs(const std::string& text, const JobsSource& source) {
  std::vector<BatchJob> jobs;
  std::istringstream lines(text);
  lines.exceptions(std::ios::badbit);  // out of memory must not look like the last line
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const std::string where = source.name + ":" + std::to_string(number);
    jobs.push_back({where, parse_job(line, source, where)});
    if (jobs.size() > kMaxJobs) {
      refuse(source.name + ": has more than " + std::to_string(kMaxJobs) + " jobs");
    }
  }
  if (jobs.empty()) {
    refuse(source.name + ": holds no job");
  }
  refuse_same_outputs(jobs);
  return jobs;
}

std::vector<BatchJob> pair_jobs(const std::vector<fs::path>& refs,
                                const std::vector<fs::path>& drives,
                                const JobsSource& source) {
  std::vector<BatchJob> jobs;
  for (const fs::path& drive : drives) {
    for (const fs::path& ref : refs) {
      AnimateOptions options = source.defaults;
      options.face.ref = ref;
      options.face.drive = drive;
      validate(options);
      options.output = output_in(source.out_dir, options, {});
      jobs.push_back({ref.string() + " with " + drive.string(), std::move(options)});
    }
  }
  refuse_same_outputs(jobs);
  return jobs;
}

Shard parse_shard(const std::string& text, const Environment& environment) {
  const std::size_t slash = text.find('/');
  const std::string index = text.substr(0, slash);
  Shard shard;
  if (text == "auto") {
    shard = slurm_shard(environment);
  } else if (slash == std::string::npos) {
    refuse("--shard " + text + ": expected I/N, auto or auto/N");
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
    refuse("--shard " + text + ": shard " + std::to_string(shard.index) + " of " +
           std::to_string(shard.count) + " does not exist; they count from 0, without gaps");
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
