// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/metrics.h>

#include "cli/checks.h"
#include "cli/commands.h"
#include "cli/library.h"
#include "cli/progress_bar.h"

#include <cstdio>
#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_row(const char* name, const Json& value, const char* format, const char* meaning) {
  char number[32] = "-";
  if (!value.is_null()) {
    std::snprintf(number, sizeof number, format, value.get<double>());
  }
  char line[160];
  std::snprintf(line, sizeof line, "%-24s %10s  %s\n", name, number, meaning);
  std::cout << line;
}

void print_table(const Json& figures) {
  std::cout << figures.at("result").get<std::string>() << ": " << figures.at("frames")
            << " frames, faces in driver and result in " << figures.at("frames_with_faces")
            << "\n\n";
  const Json& identity = figures.at("identity");
  const Json& expression = figures.at("expression");
  const Json& pose = figures.at("pose");
  const Json& flicker = figures.at("flicker");
  const Json& seam = figures.at("seam");
  const Json& driver = figures.at("against_driver");
  print_row("identity, mean", identity.at("mean"), "%.3f", "cosine to the portrait, 1 the same");
  print_row("identity, worst", identity.at("worst"), "%.3f", "");
  print_row("expression distance", expression.at("distance"), "%.3f", "0 the driver's, 1 none");
  print_row("expression correlation", expression.at("correlation"), "%.3f", "1 the driver's");
  print_row("head pose", pose.at("degrees"), "%.2f", "degrees from the driver's, mean");
  print_row("head pose correlation", pose.at("correlation"), "%.3f", "1 the driver's");
  print_row("flicker, face", flicker.at("face"), "%.3f", "levels");
  print_row("flicker, driver's face", flicker.at("driver_face"), "%.3f", "levels");
  print_row("flicker, ratio", flicker.at("face_ratio"), "%.3f", "1 as the driver");
  print_row("flicker, background", flicker.at("background"), "%.3f", "levels");
  print_row("seam, windows", seam.at("windows"), "%.3f", "1 none");
  print_row("seam, chunks", seam.at("chunks"), "%.3f", "1 none");
  print_row("background PSNR", figures.at("background_psnr"), "%.2f", "dB to the portrait");
  print_row("PSNR to the driver", driver.at("psnr"), "%.2f", "dB, if it is the same person");
  print_row("SSIM to the driver", driver.at("ssim"), "%.4f", "if it is the same person");
}

struct Arguments {
  MetricsOptions options;
  bool json = false;
  bool quiet = false;
};

void add_bounds(CLI::App& command, MetricsOptions& options) {
  const auto bound =
      [&](const char* name, std::optional<double>& value, const char* type, const char* help) {
        command.add_option(name, value, help)->type_name(type)->group("Bounds (exit 6 beyond)");
      };
  bound("--min-identity", options.min_identity, "X", "Mean identity at least");
  bound("--max-expression", options.max_expression, "X", "Expression distance at most");
  bound("--max-pose", options.max_pose, "DEGREES", "Head pose at most so far from the driver's");
  bound("--max-flicker", options.max_flicker, "X", "Ratio of the face's flicker at most");
  bound("--max-seam", options.max_seam, "X", "The larger of the two seams at most");
  bound("--min-background-psnr", options.min_background_psnr, "DB", "Background PSNR at least");
  bound("--min-psnr", options.min_psnr, "DB", "PSNR to the driver at least");
  bound("--min-ssim", options.min_ssim, "X", "SSIM to the driver at least");
}

void run(const Arguments& arguments) {
  const Api& api = library("warn");
  ProgressBar bar;
  const RunHooks hooks = foreground_hooks(bar, arguments.quiet);
  finish_check(
      "metrics", api.metrics(arguments.options, hooks), arguments.json ? nullptr : print_table);
}

}  // namespace

void add_metrics(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "metrics", "Measure a result against its portrait and driving clip, with bounds for CI");
  const auto arguments = std::make_shared<Arguments>();
  MetricsOptions& options = arguments->options;
  command->add_option("--ref", options.ref, "Portrait")->type_name("FILE")->required();
  command->add_option("--drive", options.drive, "Driving clip")->type_name("FILE")->required();
  command->add_option("--result", options.result, "What animate made; its sidecar is read too")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--bundle",
                   options.bundle,
                   "Bundle whose networks judge [models/official if it is there, else models/demo]")
      ->type_name("DIR");
  command->add_option("--device", options.device, "Where they run [auto]")
      ->type_name("auto|cpu|cuda|cuda:N");
  add_bounds(*command, options);
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer(
      "Example: hyportrait metrics --ref face.png --drive clip.mp4 --result out.mp4 --max-seam "
      "1.3");
  command->callback([arguments, &action] { action = [arguments] { run(*arguments); }; });
}

}  // namespace hyportrait::cli
