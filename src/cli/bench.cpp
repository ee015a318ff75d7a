// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/bench.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

struct BenchArguments {
  BoundOptions<BenchOptions> given;
  bool json = false;
  bool quiet = false;
  std::string progress;
};

/// Three digits, as such times repeat to a few percent.
std::string bench_time(double seconds) {
  return seconds < 1.0 ? rounded(seconds * 1e3) + " ms" : rounded(seconds) + " s";
}

std::vector<std::string> row(const std::string& name,
                             const TimedFigure& seconds,
                             const std::string& unit) {
  return {name,
          bench_time(seconds.median),
          bench_time(seconds.fastest),
          bench_time(seconds.slowest),
          unit};
}

void print_stages(Page& page, const BenchReport& report) {
  const UnetFigures& unet = report.unet;
  std::vector<std::vector<std::string>> rows{{"stage", "median", "fastest", "slowest", ""}};
  for (const StageTime& stage : report.stages) {
    const double each = stage.seconds.median * 1e3 / static_cast<double>(report.frames);
    rows.push_back(row(stage.stage,
                       stage.seconds,
                       stage.stage == "appearance" ? "" : rounded(each) + " ms a frame"));
  }
  rows.push_back(row("U-Net, a window-step",
                     unet.window_step,
                     std::to_string(unet.batch.windows) + " at a time, branches " +
                         (unet.batch.branches_apart ? "apart" : "together")));
  page.table(rows, {1, 2, 3});
}

std::string arithmetic_text(const UnetFigures& unet) {
  if (unet.window_step_tflop && unet.tflop_per_second && unet.share_of_matmul) {
    return fmt::format("A window-step is {} TFLOP: {} TFLOP/s, {:.0f} % of a matrix product's {}.",
                       rounded(*unet.window_step_tflop),
                       rounded(*unet.tflop_per_second),
                       *unet.share_of_matmul * 100,
                       rounded(unet.matmul_tflop_per_second));
  }
  return "Not known: the arithmetic of a window-step. The bundle's manifest has no section 'unet'.";
}

void print_bench_report(const BenchReport& report) {
  Page page(std::cout);
  page.sentence(fmt::format("{} on {} ({}, {}), {}.",
                            printable(report.bundle_name),
                            report.device,
                            report.device_name,
                            counted(report.threads, "thread"),
                            report.dtype));
  page.sentence(
      fmt::format("{0}x{0} px, {1} ({2} with padding), {3} of {4}; median of {5} after {6}.",
                  report.image_size,
                  counted(report.frames, "frame"),
                  report.padded_frames,
                  counted(report.steps, "step"),
                  counted(report.windows_per_step, "window"),
                  counted(report.repeat, "run"),
                  counted(report.warm_up, "warm-up")));
  page.blank();
  print_stages(page, report);
  page.blank();
  page.sentence(arithmetic_text(report.unet));
  page.sentence("Denoise and decode: " + rounded(report.frames_per_second) + " frames a second.");
  page.sentence("Peak memory: " + rounded_size(report.peak_host_bytes) + " of the host" +
                (report.device == "cpu"
                     ? "."
                     : ", " + rounded_size(report.peak_device_bytes) + " of the GPU."));
}

void run_bench(const BenchArguments& arguments) {
  const BenchOptions options = arguments.given.read();
  validate(options);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const BenchReport report =
      library(arguments.quiet ? LogLevel::error : LogLevel::warn).bench(options, hooks);
  if (arguments.json) {
    print_json(json_of(report));
  } else {
    print_bench_report(report);
  }
  tell_end("", {{"frames_per_second", report.frames_per_second}}, arguments.quiet);
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("bench", "Time a bundle's networks stage by stage on made-up pictures");
  const auto arguments = std::make_shared<BenchArguments>();
  arguments->given.add(*command, bench_option_specs());
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  add_progress_option(*command, arguments->progress);
  command->footer("Example: hyportrait bench --bundle models/demo --frames 25 --steps 2");
  command->callback([arguments, &action] { action = [arguments] { run_bench(*arguments); }; });
}

}  // namespace hyportrait::cli
