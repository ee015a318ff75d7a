// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/metrics.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "report/report_json.h"

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

using Figure = std::optional<double>;

void print_metrics_table(const Metrics& m) {
  std::vector<std::vector<std::string>> rows{{"figure", "value", "what it means"}};
  const auto add = [&](const char* name,
                       const Figure& value,
                       const char* meaning,
                       const char* format = "{:.3f}") {
    rows.push_back({name, value ? format_number(format, *value) : "-", meaning});
  };
  add("identity, mean", m.identity_mean, "cosine to the portrait, 1 the same");
  add("identity, worst", m.identity_worst, "");
  add("expression distance", m.expression_distance, "0 the driver's, 1 none");
  add("expression correlation", m.expression_correlation, "1 the driver's");
  add("head pose", m.pose_degrees, "degrees from the driver's, mean", "{:.2f}");
  add("head pose correlation", m.pose_correlation, "1 the driver's");
  add("flicker, face", m.flicker_face, "levels");
  add("flicker, driver's face", m.flicker_driver_face, "levels");
  add("flicker, ratio", m.flicker_face_ratio, "1 as the driver");
  add("flicker, background", m.flicker_background, "levels");
  add("seam, windows", m.seam_windows, "1 none");
  add("seam, chunks", m.seam_chunks, "1 none");
  add("background PSNR", m.background_psnr, "dB to the portrait", "{:.1f}");
  add("PSNR to the driver", m.driver_psnr, "dB, if it is the same person", "{:.1f}");
  add("SSIM to the driver", m.driver_ssim, "if it is the same person");
  Page page(std::cout);
  page.sentence(shown_path(m.result.string()) + ": " + counted(m.frames, "frame") +
                ", faces in driver and result in " + std::to_string(m.frames_with_faces));
  page.blank();
  page.table(rows, {1});
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
