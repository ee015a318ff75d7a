// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>
#include <hyportrait/config.h>
#include <hyportrait/error.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// One job of a batch. Its output is set, and its folder may be made.
struct BatchJob {
  std::string name;  ///< for messages: "jobs.jsonl:12"
  AnimateOptions options;
};

struct BatchOptions {
  bool fail_fast = false;  ///< the first job that fails ends the batch
  int retries = 0;         ///< more tries of a job that fails for the device, 0 to 100
  bool dry_run = false;    ///< only says what would be done
};

enum class JobStatus {
  waiting,  ///< not done: a dry run, or the batch ended before it
  done,     ///< by this batch
  skipped,  ///< done by an earlier run, nothing has changed
  failed,   ///< in this batch
  stands    ///< failed in an earlier run for an input that has not changed
};

/// What came of a job.
struct JobReport {
  std::string name;
  std::filesystem::path output;
  JobStatus status = JobStatus::waiting;
  ExitCode code = ExitCode::done;
  std::string detail;    ///< why it is to be done or was skipped; the error
  bool recorded = true;  ///< false for a failure that no sidecar tells of
  int attempts = 0;
  std::int64_t frames = 0;
  double seconds = 0.0;
};

/// Where a batch is: a job begins.
struct BatchProgress {
  std::size_t job = 0;  ///< from 1, of those that are not skipped
  std::size_t jobs = 0;
  std::filesystem::path output;
  std::string reason;                  ///< "new", "the clip has changed"
  std::optional<double> seconds_left;  ///< of the whole batch, once a job has been done
};

struct BatchHooks {
  RunHooks run;  ///< of each job; `cancelled` ends the batch
  std::function<void(const BatchProgress&)> on_job;
};

struct BatchReport {
  std::vector<JobReport> jobs;  ///< as given
  bool interrupted = false;
  double seconds = 0.0;
};

/// As JSON text (docs/batch.md).
HYPORTRAIT_API std::string to_json(const BatchReport& report);

#if HYPORTRAIT_HAS_MEDIA

/// Runs jobs one after the other in one process: networks stay loaded, a portrait or clip that
/// several jobs share is encoded once. Whatever one job meets (a broken input, a name that is too
/// long, a folder that cannot be written) is that job's failure, recorded in its sidecar, and the
/// others continue. What an earlier run has done is skipped, what has changed since is done again;
/// only outputs that this program has written are replaced. Throws Error before the first job
/// starts for options out of range, an output's name that says no kind of video, or a bundle that
/// cannot be used. One run at a time (hyportrait/api.h).
HYPORTRAIT_API BatchReport batch(const std::vector<BatchJob>& jobs,
                                 const BatchOptions& options,
                                 const BatchHooks& hooks);

#endif

}  // namespace hyportrait
