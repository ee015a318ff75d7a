// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "base/file_names.h"
#include "base/json_strict.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "base/text_file.h"
#include "cli/commands.h"
#include "cli/events.h"
#include "cli/help_text.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/animate_options.h"
#include "options/batch_jobs.h"
#include "options/shard.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <glob.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

namespace hyportrait::cli {
namespace {

namespace fs = std::filesystem;

struct BatchArguments {
  std::string jobs;
  std::string out_dir;
  std::vector<std::string> refs;
  std::vector<std::string> drives;
  BoundOptions<AnimateOptions> every_job;
  BoundOptions<BatchOptions> given;
  std::string config;
  std::string shard;
  bool json = false;
  bool quiet = false;
  std::string progress;
  bool verbose = false;
  std::string log_level = "info";
};

/// Options that belong to one job or to the batch itself.
bool is_common(const OptionSpec<AnimateOptions>& spec) {
  return spec.name != "ref" && spec.name != "drive" && spec.name != "output" &&
         spec.name != "frames-dir";
}

std::string read_jobs_text(const std::string& path) {
  return path == "-" ? read_text(std::cin, "standard input", kMaxJobsText, ExitCode::usage)
                     : read_text_file(path, kMaxJobsText, ExitCode::usage, FileKind::any);
}

/// What a folder stands for: its pictures or clips. A folder of pictures alone is one driver.
std::vector<fs::path> files_of(const fs::path& folder, bool drives) {
  std::vector<fs::path> files = files_in(folder, drives ? has_clip_ending : has_picture_ending);
  if (files.empty() && drives && !files_in(folder, has_picture_ending).empty()) {
    files.push_back(folder);
  }
  if (files.empty()) {
    throw Error(ExitCode::usage,
                folder.string() + ": has no " + (drives ? "clip" : "picture") + " in it");
  }
  return files;
}

/// Files of some patterns and folders, in their order. One without a file is an error.
std::vector<fs::path> expand(const std::vector<std::string>& patterns, const char* flag) {
  const bool drives = std::string_view(flag) == "--drives";
  std::vector<fs::path> files;
  for (const std::string& pattern : patterns) {
    if (fs::is_directory(pattern)) {
      const std::vector<fs::path> inside = files_of(pattern, drives);
      files.insert(files.end(), inside.begin(), inside.end());
      continue;
    }
    if (fs::exists(pattern) || (drives && is_numbered_name(pattern))) {  // a name may hold brackets
      files.emplace_back(pattern);
      continue;
    }
    glob_t found{};
    const int rc = ::glob(pattern.c_str(), GLOB_TILDE, nullptr, &found);
    for (std::size_t i = 0; rc == 0 && i < found.gl_pathc; ++i) {
      files.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    if (rc != 0) {
      throw Error(ExitCode::usage, std::string(flag) + " " + pattern + ": matches no file");
    }
  }
  return files;
}

/// What holds for every job that does not say otherwise.
AnimateOptions common_options(const BatchArguments& arguments) {
  AnimateOptions options;
  if (!arguments.config.empty()) {
    apply_config_file(options, arguments.config);
  }
  arguments.every_job.read_into(options);
  return options;
}

std::vector<BatchJob> read_jobs(const BatchArguments& arguments) {
  const bool pairs = !arguments.refs.empty() || !arguments.drives.empty();
  if (pairs == !arguments.jobs.empty() || arguments.refs.empty() != arguments.drives.empty()) {
    throw Error(ExitCode::usage,
                "batch needs a jobs file (or - for standard input), or --refs and --drives");
  }
  JobsSource source{.name = arguments.jobs,
                    .folder = fs::path(arguments.jobs).parent_path(),
                    .out_dir = arguments.out_dir,
                    .defaults = common_options(arguments)};
  std::vector<BatchJob> jobs =
      pairs ? pair_jobs(
                  expand(arguments.refs, "--refs"), expand(arguments.drives, "--drives"), source)
            : parse_jobs(read_jobs_text(arguments.jobs), source);
  if (arguments.shard.empty()) {
    return jobs;
  }
  const Shard shard =
      parse_shard(arguments.shard, [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      });
  return jobs_of_shard(jobs, shard);
}

std::string painted_status(JobStatus status) {
  const Ink ink = status == JobStatus::done      ? Ink::good
                  : status == JobStatus::failed  ? Ink::bad
                  : status == JobStatus::stands  ? Ink::bad
                  : status == JobStatus::waiting ? Ink::note
                                                 : Ink::faint;
  return paint(ink, status_text(status));
}

void print_batch_table(std::ostream& out, const BatchReport& report) {
  std::vector<std::vector<std::string>> rows{{"output", "status", "exit", "frames", "time", ""}};
  for (const JobReport& job : report.jobs) {
    const bool ran = job.status == JobStatus::done || job.status == JobStatus::failed;
    rows.push_back({printable(job.output.filename().string()),
                    painted_status(job.status),
                    job.code == ExitCode::done ? "" : std::to_string(static_cast<int>(job.code)),
                    job.frames > 0 ? std::to_string(job.frames) : "",
                    ran ? duration_text(job.seconds) : "",
                    printable(job.detail)});
  }
  Page(out).table(rows, {2, 3, 4});
}

/// Throws the batch's failure, if it is one: exit 1, or 130.
void throw_outcome(const BatchReport& report, const std::string& out_dir) {
  const auto failed = std::count_if(report.jobs.begin(), report.jobs.end(), [](const auto& job) {
    return job.status == JobStatus::failed || job.status == JobStatus::stands;
  });
  const auto waiting = std::count_if(report.jobs.begin(), report.jobs.end(), [](const auto& job) {
    return job.status == JobStatus::waiting;
  });
  const std::string counts = counted(static_cast<std::int64_t>(report.jobs.size()), "job");
  if (report.interrupted) {
    throw Error(ExitCode::interrupted,
                "interrupted with " + std::to_string(waiting) + " of " + counts +
                    " to do; the same command resumes");
  }
  if (failed > 0) {
    const auto silent = std::count_if(report.jobs.begin(), report.jobs.end(), [](const auto& job) {
      return job.status == JobStatus::failed && !job.recorded;
    });
    const std::string lists = "hyportrait report " + out_dir + " lists ";
    throw Error(ExitCode::failed,
                std::to_string(failed) + " of " + counts + " failed; " +
                    (silent == 0        ? lists + "them"
                     : silent == failed ? "no sidecar tells of it, only the table above"
                                        : lists + "them but for " + std::to_string(silent) +
                                              " of which only the table above tells"));
  }
}

void run_batch(const BatchArguments& arguments) {
  const BatchOptions options = arguments.given.read();
  const LogLevel log_level =
      arguments.verbose ? LogLevel::debug : parse_log_level(arguments.log_level);
  const std::vector<BatchJob> jobs = read_jobs(arguments);
  const Api& api = library(arguments.quiet ? LogLevel::error : log_level);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const BatchHooks hooks{
      .run = foreground_hooks(narrator),
      .on_job = [&](const BatchProgress& progress) { narrator.begin(progress); }};
  const BatchReport report = api.batch(jobs, options, hooks);
  if (arguments.json) {
    print_json(json_of(report));
  } else if (options.dry_run) {
    print_batch_table(std::cout, report);
  } else if (!arguments.quiet && !events_wanted()) {
    print_batch_table(std::cerr, report);
  }
  throw_outcome(report, arguments.out_dir);
  tell_end("", {{"out_dir", arguments.out_dir}, {"jobs", report.jobs.size()}}, arguments.quiet);
}

void add_batch_options(CLI::App& command, BatchArguments& arguments) {
  const std::string group = "Batch";
  command
      .add_option("jobs",
                  arguments.jobs,
                  "File with one job a line, as a JSON object with the keys of a config file of "
                  "animate; - reads standard input")
      ->type_name("JOBS");
  command.add_option("--out-dir", arguments.out_dir, "Folder of the outputs; it is made")
      ->type_name("DIR")
      ->required()
      ->group(group);
  command
      .add_option("--refs", arguments.refs, "Portraits: patterns such as 'faces/*.png', in quotes")
      ->type_name("GLOB")
      ->group(group);
  command.add_option("--drives", arguments.drives, "Clips, each for every portrait of --refs")
      ->type_name("GLOB")
      ->group(group);
  command
      .add_option("--shard",
                  arguments.shard,
                  "Every Nth job from the Ith (from 0); auto: from a Slurm job array; auto/N: the "
                  "I from Slurm or a Kubernetes indexed job")
      ->type_name("I/N|auto|auto/N")
      ->group(group);
  arguments.given.add(command, batch_option_specs());
  command.add_flag("--json", arguments.json, "Print the outcome of every job as JSON")
      ->group(group);
  command.add_flag("--quiet", arguments.quiet, "Errors only")->group(group);
  add_progress_option(command, arguments.progress)->group(group);
  command.add_flag("-v,--verbose", arguments.verbose, "As --log-level debug")->group(group);
  command
      .add_option(
          "--log-level", arguments.log_level, "trace, debug, info, warn, error or off [info]")
      ->type_name("LEVEL")
      ->group(group);
  command
      .add_option("--config",
                  arguments.config,
                  "Options of every job from a JSON file; flags win over it, a job's own keys over "
                  "both")
      ->type_name("FILE")
      ->group(group);
}

}  // namespace

void add_batch(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("batch",
                         "Run many jobs in one process: networks load once, what is done is "
                         "skipped, a failed job stops nothing");
  const auto arguments = std::make_shared<BatchArguments>();
  add_batch_options(*command, *arguments);
  arguments->every_job.add(*command, animate_option_specs(), is_common, "Every job: ");
  shorten_help(*command,
               {"refs",
                "drives",
                "out-dir",
                "config",
                "shard",
                "retry",
                "fail-fast",
                "dry-run",
                "json",
                "bundle",
                "max-frames",
                "preset",
                "device"});
  command->footer("Example: hyportrait batch jobs.jsonl --out-dir results --max-frames 100");
  command->callback([arguments, &action] { action = [arguments] { run_batch(*arguments); }; });
}

}  // namespace hyportrait::cli
