// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/plan_text.h"
#include "cli/printing.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <memory>

namespace hyportrait::cli {
namespace {

struct DetailArguments {
  BoundOptions<DetailOptions> given;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string progress;
};

void run_detail(const DetailArguments& arguments) {
  const DetailOptions options = arguments.given.read();
  validate(options);
  const Api& api = library(arguments.quiet ? LogLevel::error : LogLevel::info);
  if (arguments.dry_run) {
    const DetailPlan plan = api.plan_detail(options);
    if (arguments.json) {
      print_json(json_of(plan));
    } else if (arguments.verbose) {
      print_plan(json_of(plan), "");
    } else {
      print_detail_plan(plan);
    }
    return;
  }
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const DetailReport report = api.carry_detail(options, hooks);
  if (arguments.json) {
    print_json(json_of(report));
  }
  tell_end(fmt::format("wrote {} ({}), {}, {}, in {}, mean weight of the detail {:.2f}",
                       printable(report.plan.output.string()),
                       counted(report.written.frames, "frame"),
                       pixels_text(report.plan.portrait),
                       rounded_size(report.written.bytes),
                       duration_text(report.seconds),
                       report.detail.mean_weight),
           {{"output", report.plan.output.string()}, {"frames", report.written.frames}},
           arguments.quiet || arguments.json);
}

}  // namespace

void add_detail(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "detail",
      "Give a clip that was generated from a portrait the portrait's size and fine detail");
  const auto arguments = std::make_shared<DetailArguments>();
  arguments->given.add(*command, detail_option_specs());
  command->add_flag("--dry-run",
                    arguments->dry_run,
                    "Print what would be done and stop; with --verbose every value");
  command->add_flag("--json", arguments->json, "Print the report (or the plan) as JSON");
  command->add_flag("--quiet", arguments->quiet, "Errors only");
  command->add_flag("-v,--verbose", arguments->verbose, "With --dry-run: every value");
  add_progress_option(*command, arguments->progress);
  command->footer("Example: hyportrait detail --ref face.png --clip result.mp4 -o sharp.mp4");
  command->callback([arguments, &action] { action = [arguments] { run_detail(*arguments); }; });
}

}  // namespace hyportrait::cli
