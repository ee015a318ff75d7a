// SPDX-License-Identifier: Apache-2.0
#include "cli/narrator.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "cli/events.h"
#include "cli/interrupt.h"
#include "cli/style.h"

#include <spdlog/fmt/fmt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Of the stage, by its own rate so far; nothing before its first unit and after its last.
std::optional<double> seconds_left(const Progress& progress) {
  if (progress.done <= 0 || progress.done >= progress.total) {
    return {};
  }
  const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
  return progress.seconds / share - progress.seconds;
}

int terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string clock_text(double seconds) {
  const auto total = static_cast<long>(std::lround(std::min(std::max(0.0, seconds), 1e9)));
  if (total < 3600) {
    return fmt::format("{}:{:02}", total / 60, total % 60);
  }
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

std::string bar_line(const Progress& progress, int width) {
  const std::string head = fmt::format("{:<9}", progress.stage);
  std::string tail = " " + std::to_string(progress.done);
  if (progress.total <= 0) {
    return head + " " + counted(progress.done, progress.unit) + ", " + clock_text(progress.seconds);
  }
  tail += "/" + counted(progress.total, progress.unit);
  const double share =
      std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
  if (const auto left = seconds_left(progress)) {
    tail += ", " + clock_text(*left) + " left";
  } else {
    tail += ", " + clock_text(progress.seconds);
  }
  const int room = std::clamp(width - static_cast<int>(head.size() + tail.size()) - 4, 4, 40);
  const int filled = static_cast<int>(share * room);
  return head + " [" + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(room - filled), '.') + "]" + tail;
}

ProgressStyle parse_progress_style(const std::string& text, bool quiet) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && knows_escape_codes(std::getenv("TERM"));
  const std::map<std::string, ProgressStyle> styles{
      {"auto", terminal ? ProgressStyle::bar : ProgressStyle::lines},
      {"bar", ProgressStyle::bar},
      {"lines", ProgressStyle::lines},
      {"json", ProgressStyle::events},
      {"none", ProgressStyle::none}};
  const auto found = styles.find(text);
  if (found == styles.end()) {
    throw Error(ExitCode::usage,
                "--progress " + text + ": not a way to show it; use auto|bar|lines|json|none");
  }
  return quiet ? ProgressStyle::none : found->second;
}

CLI::Option* add_progress_option(CLI::App& command, std::string& text) {
  text = "auto";
  return command
      .add_option("--progress",
                  text,
                  "A bar, a line a stage, JSON objects for programs, or none; auto is a bar on a "
                  "terminal, else lines [auto]")
      ->type_name("auto|bar|lines|json|none");
}

Narrator::~Narrator() {
  if (line_open_) {
    std::fputc('\n', stderr);
  }
}

void Narrator::begin(const BatchProgress& job) {
  job_ = job.job;
  jobs_ = job.jobs;
  if (style_ == ProgressStyle::none) {
    return;
  }
  if (style_ == ProgressStyle::events) {
    emit_event("job",
               {{"job", job.job},
                {"jobs", job.jobs},
                {"output", job.output.string()},
                {"reason", job.reason},
                {"seconds_left", job.seconds_left ? Json(*job.seconds_left) : Json()}});
    return;
  }
  const std::string left =
      job.seconds_left ? ", about " + clock_text(*job.seconds_left) + " left" : "";
  const std::string line = fmt::format("job {} of {}: {} ({}){}\n",
                                       job.job,
                                       job.jobs,
                                       printable(job.output.filename().string()),
                                       job.reason,
                                       left);
  std::fputs(line.c_str(), stderr);
}

void Narrator::show(const Progress& progress) {
  if (style_ == ProgressStyle::events) {
    emit(progress);
  } else if (style_ != ProgressStyle::none) {
    Progress shown = progress;
    if (job_ > 0) {
      shown.stage = fmt::format("{}/{} {}", job_, jobs_, progress.stage);
    }
    show_line(shown);
  }
}

void Narrator::show_line(const Progress& progress) {
  const bool finished = progress.total > 0 && progress.done >= progress.total;
  if (style_ == ProgressStyle::bar) {
    std::fprintf(stderr, "\r\033[K%s", bar_line(progress, terminal_width()).c_str());
    line_open_ = !finished;
    if (finished) {
      std::fputc('\n', stderr);
    }
    std::fflush(stderr);
  } else if (finished) {
    // Not fmt::print, which throws: a full standard error is no reason to end a run.
    const std::string line = fmt::format("{}: {} in {:.1f} s\n",
                                         progress.stage,
                                         counted(progress.done, progress.unit),
                                         progress.seconds);
    std::fputs(line.c_str(), stderr);
  }
}

void Narrator::emit(const Progress& progress) const {
  Json fields{{"stage", progress.stage},
              {"done", progress.done},
              {"total", progress.total > 0 ? Json(progress.total) : Json()},
              {"unit", progress.unit},
              {"seconds", progress.seconds},
              {"seconds_left", Json()}};
  if (const auto left = seconds_left(progress)) {
    fields["seconds_left"] = *left;
  }
  if (job_ > 0) {
    fields["job"] = job_;
    fields["jobs"] = jobs_;
  }
  emit_event("progress", fields);
}

RunHooks foreground_hooks(Narrator& narrator) {
  catch_interrupts();
  RunHooks hooks;
  hooks.cancelled = interrupted;
  hooks.on_progress = [&narrator](const Progress& progress) { narrator.show(progress); };
  return hooks;
}

void tell_end(const std::string& sentence, const Json& fields, bool quiet) {
  if (events_wanted()) {
    emit_event("done", fields);
  } else if (!quiet && !sentence.empty()) {
    std::istringstream lines(sentence);
    for (std::string line; std::getline(lines, line);) {
      Page(std::cerr).line(line);
    }
  }
}

}  // namespace hyportrait::cli
