// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/bench.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "options/tool_options.h"
#include "report/report_json.h"

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

std::vector<std::string> row(const std::string& name,
                             const TimedFigure& seconds,
                             const std::string& unit) {
  return {name,
          format_number("{:.4f} s", seconds.median),
          format_number("{:.4f} s", seconds.fastest),
          format_number("{:.4f} s", seconds.slowest),
          unit};
}

void print_stages(const BenchReport& report) {
  const UnetFigures& unet = report.unet;
  std::vector<std::vector<std::string>> rows{{"stage", "median", "fastest", "slowest", ""}};
  for (const StageTime& stage : report.stages) {
    const double each = stage.seconds.median * 1e3 / static_cast<double>(report.frames);
    rows.push_back(
        row(stage.stage,
            stage.seconds,
            stage.stage == "appearance" ? "" : format_number("{:.2f} ms a frame", each)));
  }
  rows.push_back(row("U-Net, a window-step",
                     unet.window_step,
                     std::to_string(unet.batch.windows) + " at a time, branches " +
                         (unet.batch.branches_apart ? "apart" : "together")));
  print_columns(std::cout, rows);
}

void print_bench_report(const BenchReport& report) {
  const UnetFigures& unet = report.unet;
  std::cout << report.bundle_name << " on " << report.device << " (" << report.device_name << ", "
            << counted(report.threads, "thread") << "), " << report.dtype << '\n'
            << report.image_size << " px, " << counted(report.frames, "frame") << " ("
            << report.padded_frames << " with padding), " << counted(report.steps, "step") << " of "
            << counted(report.windows_per_step, "window") << "; median of "
            << counted(report.repeat, "run") << " after " << report.warm_up << "\n\n";
  print_stages(report);
  if (unet.window_step_tflop && unet.tflop_per_second && unet.share_of_matmul) {
    std::cout << "\na window-step is " << format_number("{:.3g}", *unet.window_step_tflop)
              << " TFLOP: " << format_number("{:.3g}", *unet.tflop_per_second) << " TFLOP/s, "
              << format_number("{:.0f}", *unet.share_of_matmul * 100) << " % of a matrix product's "
              << format_number("{:.3g}", unet.matmul_tflop_per_second);
  } else {
    std::cout << "\nthe arithmetic of a window-step is not known: the bundle's manifest has no "
                 "section 'unet'";
  }
  std::cout << "\ndenoise and decode: " << format_number("{:.3g}", report.frames_per_second)
            << " frames a second\npeak memory: "
            << format_number("{:.2f} GB of the host",
                             static_cast<double>(report.peak_host_bytes) * 1e-9);
  if (report.device != "cpu") {
    std::cout << format_number(", {:.2f} GB of the GPU",
                               static_cast<double>(report.peak_device_bytes) * 1e-9);
  }
  std::cout << '\n';
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
