// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/review.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "output/output_list.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ListedOutput& listed) {
  Json json = {{"output", listed.output.string()},
               {"status", status_text(listed.status)},
               {"error", listed.why}};
  if (const std::optional<SidecarFacts>& facts = listed.sidecar) {
    json["exit_code"] = facts->exit_code.value_or(static_cast<int>(ExitCode::done));
    json["frames"] = or_null(facts->frames);
    json["seconds"] = facts->seconds;
    json["unet_calls"] = or_null(facts->unet_calls);
    json["resumed_at_step"] = or_null(facts->resumed_at_step);
    json["warnings"] = facts->warnings;
    json["finished"] = facts->finished;
  }
  return json;
}

/// How many there are of each status, in the order of the table.
Json counts_of(const std::vector<ListedOutput>& outputs) {
  Json counts = Json::object();
  for (const ListedOutput& listed : outputs) {
    const char* status = status_text(listed.status);
    counts[status] = counts.value(status, 0) + 1;
  }
  return counts;
}

/// "2026-01-31 12:00" of "2026-01-31T12:00:00Z".
std::string finished_text(const std::string& stamp) {
  constexpr std::size_t kDate = 10;
  return stamp.size() < kDate + 6 ? stamp
                                  : stamp.substr(0, kDate) + " " + stamp.substr(kDate + 1, 5);
}

std::vector<std::string> row_of(const ListedOutput& listed) {
  const SidecarFacts facts = listed.sidecar.value_or(SidecarFacts{});
  const int code = facts.exit_code.value_or(0);
  const Ink ink = is_failure(listed.status) ? Ink::bad : code == 0 ? Ink::good : Ink::note;
  return {shown_path(listed.output.string()),
          paint(ink, status_text(listed.status)),
          code == 0 ? "" : std::to_string(code),
          facts.frames ? std::to_string(*facts.frames) : "",
          facts.seconds > 0.0 ? duration_text(facts.seconds) : "",
          finished_text(facts.finished),
          printable(listed.why)};
}

void print_outputs(const std::vector<ListedOutput>& outputs) {
  std::vector<std::vector<std::string>> rows{
      {"output", "status", "exit", "frames", "time", "finished (UTC)", ""}};
  for (const ListedOutput& listed : outputs) {
    rows.push_back(row_of(listed));
  }
  Page page(std::cout);
  page.table(rows, {2, 3, 4});
  if (!outputs.empty()) {
    page.blank();
  }
  std::string summary;
  const Json counts = counts_of(outputs);
  for (const auto& [status, count] : counts.items()) {
    summary += (summary.empty() ? "" : ", ") + count.dump() + " " + status;
  }
  page.sentence(summary.empty() ? "no sidecars here" : summary);
}

void print_report_json(const std::vector<ListedOutput>& outputs) {
  Json list = Json::array();
  for (const ListedOutput& listed : outputs) {
    list.push_back(json_of(listed));
  }
  print_json({{"counts", counts_of(outputs)}, {"outputs", list}});
}

struct ReportArguments {
  BoundOptions<ReviewOptions> given;
  bool json = false;
  bool quiet = false;
  std::string progress;
};

void write_page(const ReviewOptions& options, const ReportArguments& arguments) {
  const Api& api = library(arguments.quiet ? LogLevel::error : LogLevel::warn);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const ReviewReport report = api.write_review(options, hooks);
  tell_end(fmt::format("wrote {} ({}, {} with a picture)",
                       printable(report.html.string()),
                       counted(report.jobs, "job"),
                       report.posters),
           {{"output", report.html.string()}, {"jobs", report.jobs}},
           arguments.quiet);
}

/// Exit 1 when anything is not as it should be.
void throw_failures(const std::vector<ListedOutput>& outputs) {
  const auto failed = std::count_if(
      outputs.begin(), outputs.end(), [](const auto& listed) { return is_failure(listed.status); });
  if (failed > 0) {
    throw Error(ExitCode::failed,
                std::to_string(failed) + " of " + std::to_string(outputs.size()) +
                    (outputs.size() == 1 ? " output" : " outputs") +
                    (failed == 1 ? " is not done" : " are not done"));
  }
}

void run_report(const ReportArguments& arguments) {
  const ReviewOptions options = arguments.given.read();
  const std::vector<ListedOutput> outputs = list_outputs(options.folder);
  if (arguments.json) {
    print_report_json(outputs);
  } else {
    print_outputs(outputs);
  }
  flush_standard_output();
  if (!options.html.empty()) {
    write_page(options, arguments);
  }
  throw_failures(outputs);
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "report", "One table of all sidecars in a folder: what is done, what failed and why");
  const auto arguments = std::make_shared<ReportArguments>();
  arguments->given.add(*command, review_option_specs());
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  add_progress_option(*command, arguments->progress);
  command->footer("Example: hyportrait report out --html review.html");
  command->callback([arguments, &action] { action = [arguments] { run_report(*arguments); }; });
}

}  // namespace hyportrait::cli
