// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/metrics.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>
#include <optional>

namespace hyportrait::cli {
namespace {

struct MetricsArguments {
  BoundOptions<MetricsOptions> given;
  bool json = false;
  bool quiet = false;
  std::string progress;
};

void print_metrics_row(const char* name,
                       const std::optional<double>& value,
                       const char* format,
                       const char* meaning) {
  std::cout << fmt::format(
      "{:<24} {:>10}  {}\n", name, value ? format_number(format, *value) : "-", meaning);
}

void print_metrics_table(const Metrics& m) {
  std::cout << printable(m.result.string()) << ": " << counted(m.frames, "frame")
            << ", faces in driver and result in " << m.frames_with_faces << "\n\n";
  print_metrics_row(
      "identity, mean", m.identity_mean, "{:.3f}", "cosine to the portrait, 1 the same");
  print_metrics_row("identity, worst", m.identity_worst, "{:.3f}", "");
  print_metrics_row(
      "expression distance", m.expression_distance, "{:.3f}", "0 the driver's, 1 none");
  print_metrics_row("expression correlation", m.expression_correlation, "{:.3f}", "1 the driver's");
  print_metrics_row("head pose", m.pose_degrees, "{:.2f}", "degrees from the driver's, mean");
  print_metrics_row("head pose correlation", m.pose_correlation, "{:.3f}", "1 the driver's");
  print_metrics_row("flicker, face", m.flicker_face, "{:.3f}", "levels");
  print_metrics_row("flicker, driver's face", m.flicker_driver_face, "{:.3f}", "levels");
  print_metrics_row("flicker, ratio", m.flicker_face_ratio, "{:.3f}", "1 as the driver");
  print_metrics_row("flicker, background", m.flicker_background, "{:.3f}", "levels");
  print_metrics_row("seam, windows", m.seam_windows, "{:.3f}", "1 none");
  print_metrics_row("seam, chunks", m.seam_chunks, "{:.3f}", "1 none");
  print_metrics_row("background PSNR", m.background_psnr, "{:.2f}", "dB to the portrait");
  print_metrics_row("PSNR to the driver", m.driver_psnr, "{:.2f}", "dB, if it is the same person");
  print_metrics_row("SSIM to the driver", m.driver_ssim, "{:.4f}", "if it is the same person");
}

void run_metrics(const MetricsArguments& arguments) {
  const MetricsOptions options = arguments.given.read();
  validate(options);
  const Api& api = library(LogLevel::warn);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const Metrics metrics = api.measure(options, hooks);
  if (arguments.json) {
    print_json(json_of(metrics));
  } else {
    print_metrics_table(metrics);
  }
  flush_standard_output();
  throw_failures("metrics", metrics.failures);
  tell_end("", {{"result", options.result.string()}}, arguments.quiet);
}

}  // namespace

void add_metrics(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "metrics", "Measure a result against its portrait and driving clip, with bounds for CI");
  const auto arguments = std::make_shared<MetricsArguments>();
  arguments->given.add(*command, metrics_option_specs());
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  add_progress_option(*command, arguments->progress);
  command->footer(
      "Example: hyportrait metrics --ref face.png --drive clip.mp4 --result out.mp4 --max-seam "
      "1.3");
  command->callback([arguments, &action] { action = [arguments] { run_metrics(*arguments); }; });
}

}  // namespace hyportrait::cli
