// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/batch.h>

#include "core/atomic_file.h"
#include "core/json_strict.h"
#include "core/log.h"
#include "core/output_lock.h"
#include "core/stage_timer.h"
#include "media/video_writer.h"
#include "pipeline/job.h"
#include "pipeline/session.h"
#include "pipeline/sidecar.h"
#include "pipeline/state.h"
#include "pipeline/verdict.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace hyportrait {
namespace pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void make_writable(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw Error(ExitCode::failed, folder.string() + ": cannot be made: " + error.message());
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw Error(ExitCode::failed, folder.string() + ": cannot be written to (read-only?)");
  }
}

/// Everything about names and folders that would stop a job later.
void check_outputs(const std::vector<BatchJob>& jobs, bool dry_run) {
  std::set<fs::path> folders;
  for (const BatchJob& job : jobs) {
    const AnimateOptions& options = job.options;
    try {
      media::check_output(options.output, options.codec, options.pixel_format);
    } catch (const Error& error) {
      throw Error(error.exit_code(), job.name + ": " + error.what());
    }
    folders.insert(options.output.parent_path());
  }
  for (const fs::path& folder : folders) {
    if (!dry_run) {
      make_writable(folder);
    }
  }
}

/// What a verdict means for a job that is not run.
void note_verdict(JobReport& report, const Verdict& verdict) {
  report.detail = verdict.reason;
  if (verdict.todo == Todo::skip) {
    report.status = JobStatus::skipped;
  } else if (verdict.todo == Todo::stands) {
    report.status = JobStatus::stands;
    report.code = ExitCode::input;
  } else if (verdict.todo == Todo::refuse) {
    report.status = JobStatus::failed;
    report.code = ExitCode::usage;
  }
}

/// One verdict a job, and the report as it is before anything runs.
std::vector<Verdict> judge_all(Session& session,
                               const std::vector<BatchJob>& jobs,
                               std::vector<JobReport>& reports) {
  nn::FileHashes hashes;
  std::vector<Verdict> verdicts;
  for (const BatchJob& job : jobs) {
    const Verdict& verdict =
        verdicts.emplace_back(judge(job.options, session.bundle(job.options.bundle), hashes));
    JobReport report{.name = job.name, .output = job.options.output};
    note_verdict(report, verdict);
    reports.push_back(std::move(report));
  }
  return verdicts;
}

void note_failure(JobReport& report, ExitCode code, const std::string& what) {
  report.status = JobStatus::failed;
  report.code = code;
  report.detail = what;
}

/// What every job of the batch is run with.
struct Setting {
  Session& session;
  const BatchOptions& options;
  const RunHooks& hooks;
};

/// Whether a failure is written into the output's sidecar: not while that is another process's.
enum class Record { yes, no };

/// One try. An interruption goes through; every other failure is the job's own.
Record try_job(const Setting& setting, const AnimateOptions& wishes, JobReport& report) {
  try {
    const AnimateResult result = run_job(setting.session, wishes, setting.hooks);
    report.status = JobStatus::done;
    report.code = ExitCode::done;
    report.frames = result.frames;
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::interrupted) {
      throw;
    }
    note_failure(report, error.exit_code(), error.what());
    return dynamic_cast<const OutputBusy*>(&error) != nullptr ? Record::no : Record::yes;
  } catch (const std::exception& error) {
    note_failure(report, ExitCode::failed, std::string("this is a bug: ") + error.what());
  }
  return Record::yes;
}

void record_failure(const AnimateOptions& options, const Verdict& verdict, JobReport& report) {
  const Failure failure{static_cast<int>(report.code), report.detail, report.attempts};
  try {
    write_file_atomically(
        sidecar_path(options.output),
        json_text(failed_sidecar(options, verdict.hash, failure, verdict.sidecar)) + "\n");
  } catch (const Error& error) {
    logger().warn("the failure is not recorded: {}", error.what());
  }
}

void try_until_settled(const Setting& setting,
                       const BatchJob& job,
                       const Verdict& verdict,
                       JobReport& report) {
  AnimateOptions wishes = job.options;
  wishes.overwrite = verdict.todo == Todo::replace;
  const int retries = setting.options.retries;
  Record record = Record::yes;
  report.detail.clear();
  do {
    if (report.attempts > 0) {
      logger().warn(
          "{}: {}; trying again ({} of {})", job.name, report.detail, report.attempts, retries);
      setting.session.free_memory();
    }
    ++report.attempts;
    record = try_job(setting, wishes, report);
  } while (report.code == ExitCode::device && report.attempts <= retries);
  if (report.status == JobStatus::failed) {
    logger().error("{}: {}", job.name, report.detail);
    if (record == Record::yes) {
      record_failure(job.options, verdict, report);
    }
  }
}

bool to_run(const Verdict& verdict) {
  return verdict.todo == Todo::run || verdict.todo == Todo::replace;
}

/// What is about to begin, with the time that is left by how long the jobs so far took.
void announce(const BatchHooks& hooks, BatchProgress& progress, double seconds) {
  if (progress.job > 0) {
    const auto done = static_cast<double>(progress.job);
    progress.seconds_left = seconds / done * (static_cast<double>(progress.jobs) - done);
  }
  ++progress.job;
  if (hooks.on_job) {
    hooks.on_job(progress);
  }
}

/// A run that was killed after its output got its name has left its state.
void remove_old_states(const std::vector<BatchJob>& jobs, const std::vector<Verdict>& verdicts) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (verdicts[i].todo == Todo::skip) {
      remove_state(state_path(jobs[i].options.output));
    }
  }
}

/// Hours may lie between the first look and the job's turn: another process may have done it, or
/// an input may have changed.
Verdict look_again(const Setting& setting, const BatchJob& job) {
  nn::FileHashes hashes;
  return judge(job.options, setting.session.bundle(job.options.bundle), hashes);
}

void run_all(const Setting& setting,
             const std::vector<BatchJob>& jobs,
             const std::vector<Verdict>& verdicts,
             const BatchHooks& hooks,
             BatchReport& report) {
  BatchProgress progress;
  progress.jobs = static_cast<std::size_t>(std::count_if(verdicts.begin(), verdicts.end(), to_run));
  const Clock::time_point begin = Clock::now();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!to_run(verdicts[i])) {
      continue;
    }
    if (setting.hooks.cancelled && setting.hooks.cancelled()) {
      report.interrupted = true;
      return;
    }
    progress.output = jobs[i].options.output;
    progress.reason = verdicts[i].reason;
    announce(hooks, progress, seconds_since(begin));
    JobReport& mine = report.jobs[i];
    const Clock::time_point job_begin = Clock::now();
    const Verdict verdict = look_again(setting, jobs[i]);
    if (!to_run(verdict)) {
      note_verdict(mine, verdict);
      mine.detail += verdict.todo == Todo::skip ? ", by another process meanwhile" : "";
      continue;
    }
    try {
      try_until_settled(setting, jobs[i], verdict, mine);
    } catch (const Error& error) {  // interrupted
      mine.detail = error.what();
      report.interrupted = true;
      return;
    }
    mine.seconds = seconds_since(job_begin);
    if (setting.options.fail_fast && mine.status == JobStatus::failed) {
      return;
    }
  }
}

}  // namespace
}  // namespace pipeline

BatchReport batch(const std::vector<BatchJob>& jobs,
                  const BatchOptions& options,
                  const BatchHooks& hooks) {
  using namespace pipeline;
  const Clock::time_point begin = Clock::now();
  Session session(SessionKind::many_jobs);
  BatchReport report;
  check_outputs(jobs, options.dry_run);
  const std::vector<Verdict> verdicts = judge_all(session, jobs, report.jobs);
  if (!options.dry_run) {
    remove_old_states(jobs, verdicts);
    run_all({session, options, hooks.run}, jobs, verdicts, hooks, report);
  }
  report.seconds = seconds_since(begin);
  return report;
}

}  // namespace hyportrait
