// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/batch.h>
#include <hyportrait/error.h>

#include "base/log.h"
#include "base/stage_timer.h"
#include "media/image_io.h"
#include "media/video_writer.h"
#include "nn/torch_error.h"
#include "options/animate_options.h"
#include "options/tool_options.h"
#include "output/output_file.h"
#include "output/sidecar.h"
#include "output/targets.h"
#include "run/one_run.h"
#include "run/session.h"
#include "run/verdict.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

namespace hyportrait {
namespace run {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What a caller can have got wrong, before any work: options out of range, an output's name that
/// says no kind of video.
void check_jobs(const std::vector<BatchJob>& jobs) {
  for (const BatchJob& job : jobs) {
    const AnimateOptions& options = job.options;
    try {
      validate(options);
      if (options.output.empty()) {
        throw Error(ExitCode::usage, "--output: a job of a batch needs one");
      }
      if (!media::has_still_ending(options.output)) {
        media::check_output(options.output, options.codec, options.pixel_format);
      }
    } catch (const Error& error) {
      throw Error(error.exit_code(), job.name + ": " + error.what());
    }
  }
}

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
    report.recorded = verdict.reported;
  }
}

void note_failure(JobReport& report, ExitCode code, const std::string& what) {
  report.recorded = false;
  report.status = JobStatus::failed;
  report.code = code;
  report.detail = what;
}

/// Notes the exception that is being handled as the job's failure. An interruption goes through.
void note_current_failure(JobReport& report) {
  try {
    throw;
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::interrupted) {
      throw;
    }
    note_failure(report, error.exit_code(), error.what());
  } catch (const std::exception& error) {
    try {
      nn::throw_as_error(error, "the job");
    } catch (const Error& translated) {
      note_failure(report, translated.exit_code(), translated.what());
    }
  }
}

/// Nothing where the output's name or folder cannot be looked at: then that is the job's failure.
std::optional<Verdict> judge_job(Session& session,
                                 FileHashes& hashes,
                                 const BatchJob& job,
                                 JobReport& report) {
  try {
    Verdict verdict = verdict_of(job.options, session.bundle(job.options.bundle), hashes);
    note_verdict(report, verdict);
    return verdict;
  } catch (const std::exception&) {
    note_current_failure(report);
    return std::nullopt;
  }
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
Record try_job(const Setting& setting, const AnimateOptions& request, JobReport& report) {
  try {
    make_writable(request.output.parent_path());
    const RunReport result = run_job(setting.session, request, setting.hooks);
    report.status = JobStatus::done;
    report.code = ExitCode::done;
    report.frames = result.written.frames;
  } catch (const OutputBusy& error) {
    note_failure(report, error.exit_code(), error.what());
    return Record::no;
  } catch (const std::exception&) {
    note_current_failure(report);
  }
  return Record::yes;
}

void record_failure(const AnimateOptions& options, const Verdict& verdict, JobReport& report) {
  FailedRun failed{.options = options,
                   .error = report.detail,
                   .exit_code = static_cast<int>(report.code),
                   .attempts = report.attempts,
                   .previous = verdict.sidecar};
  if (verdict.hash) {
    failed.plan_hash = verdict.hash->whole;
    failed.plan_parts = verdict.hash->parts;
  }
  try {
    write_sidecar(output_paths(options.output), failed);
    report.recorded = true;
  } catch (const Error& error) {
    logger().warn("the failure is not recorded: {}", error.what());
  }
}

/// The refusal of a job whose name is taken is recorded where nothing has the sidecar's name: a
/// sidecar that stands there tells of the output beside it.
void record_refusal(const AnimateOptions& options,
                    const std::optional<Verdict>& verdict,
                    JobReport& report) {
  if (verdict && !is_taken(output_paths(options.output).sidecar)) {
    record_failure(options, *verdict, report);
  }
}

void try_until_settled(const Setting& setting,
                       const BatchJob& job,
                       const Verdict& verdict,
                       JobReport& report) {
  AnimateOptions request = job.options;
  request.overwrite = verdict.todo == Todo::replace;
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
    record = try_job(setting, request, report);
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

/// The first look: a report a job, and which of them are to be run. Throws Error(bundle).
std::vector<bool> look_at_all(Session& session,
                              const std::vector<BatchJob>& jobs,
                              bool dry_run,
                              std::vector<JobReport>& reports) {
  FileHashes hashes;
  std::vector<bool> to_do;
  for (const BatchJob& job : jobs) {
    session.bundle(job.options.bundle);
    JobReport report{.name = job.name, .output = job.options.output};
    const std::optional<Verdict> verdict = judge_job(session, hashes, job, report);
    if (report.status == JobStatus::failed) {
      logger().error("{}: {}", job.name, report.detail);
      if (!dry_run) {
        record_refusal(job.options, verdict, report);
      }
    }
    to_do.push_back(verdict && to_run(*verdict));
    reports.push_back(std::move(report));
  }
  return to_do;
}

/// One job, from another look at it: hours may lie between the first one and its turn, in which
/// another process may have done it, or an input may have changed.
void settle(const Setting& setting, const BatchJob& job, JobReport& report) {
  const Clock::time_point begin = Clock::now();
  FileHashes hashes;
  const std::optional<Verdict> verdict = judge_job(setting.session, hashes, job, report);
  if (verdict && to_run(*verdict)) {
    try_until_settled(setting, job, *verdict, report);
    report.seconds = seconds_since(begin);
  } else if (verdict && verdict->todo == Todo::skip) {
    report.detail += ", by another process meanwhile";
  }
}

/// Runs what is to be run. `to_do`: by job.
void run_all(const Setting& setting,
             const std::vector<BatchJob>& jobs,
             const std::vector<bool>& to_do,
             const BatchHooks& hooks,
             BatchReport& report) {
  BatchProgress progress;
  progress.jobs = static_cast<std::size_t>(std::count(to_do.begin(), to_do.end(), true));
  const Clock::time_point begin = Clock::now();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    JobReport& mine = report.jobs[i];
    if (to_do[i]) {
      if (setting.hooks.cancelled && setting.hooks.cancelled()) {
        report.interrupted = true;
        return;
      }
      progress.output = jobs[i].options.output;
      progress.reason = mine.detail;
      announce(hooks, progress, seconds_since(begin));
      try {
        settle(setting, jobs[i], mine);
      } catch (const Error& error) {  // interrupted
        mine.detail = error.what();
        report.interrupted = true;
        return;
      }
    }
    if (setting.options.fail_fast && mine.status == JobStatus::failed) {
      return;
    }
  }
}

}  // namespace
}  // namespace run

BatchReport batch(const std::vector<BatchJob>& jobs,
                  const BatchOptions& options,
                  const BatchHooks& hooks) {
  using namespace run;
  validate(options);
  check_jobs(jobs);
  const OneRun one("batch");
  const Clock::time_point begin = Clock::now();
  Session session(SessionKind::many_jobs);
  BatchReport report;
  const std::vector<bool> to_do = look_at_all(session, jobs, options.dry_run, report.jobs);
  if (!options.dry_run) {
    for (const JobReport& job : report.jobs) {
      if (job.status == JobStatus::skipped) {
        remove_leftovers(job.output);
      }
    }
    run_all({session, options, hooks.run}, jobs, to_do, hooks, report);
  }
  report.seconds = seconds_since(begin);
  return report;
}

}  // namespace hyportrait
