// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

struct CompareArguments {
  BoundOptions<CompareOptions> given;
  bool json = false;
};

void print_compare_row(const char* name, const FrameFigure& figure, const char* format) {
  std::cout << fmt::format("{:<10} {:>10} {:>10} {:>10}\n",
                           name,
                           format_number(format, figure.mean),
                           format_number(format, figure.worst),
                           figure.worst_frame);
}

void print_comparison(const Comparison& comparison) {
  std::cout << "a: " << printable(comparison.a.path.string()) << ", "
            << counted(comparison.a.frames, "frame") << "\n"
            << "b: " << printable(comparison.b.path.string()) << ", "
            << counted(comparison.b.frames, "frame") << "\n"
            << "size: " << comparison.size.width << "x" << comparison.size.height << '\n';
  if (comparison.times) {
    std::cout << "times: differ by at most " << format_number("{:.4f} s", comparison.times->seconds)
              << " (frame " << comparison.times->frame << ")\n";
  }
  std::cout << "\n                 mean      worst   at frame\n";
  print_compare_row("PSNR (dB)", comparison.psnr, "{:.3f}");
  print_compare_row("SSIM", comparison.ssim, "{:.5f}");
}

void run_compare(const CompareArguments& arguments) {
  const CompareOptions options = arguments.given.read();
  validate(options);
  const Comparison comparison = library(LogLevel::warn).compare(options);
  if (arguments.json) {
    print_json(json_of(comparison));
  } else {
    print_comparison(comparison);
  }
  flush_standard_output();
  throw_failures("compare", comparison.failures);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "compare", "Compare two clips frame by frame: PSNR, SSIM, number of frames, time stamps");
  const auto arguments = std::make_shared<CompareArguments>();
  arguments->given.add(*command, compare_option_specs());
  command->add_flag("--json", arguments->json, "As JSON");
  command->footer("Example: hyportrait compare out.mp4 golden/ --min-psnr 40");
  command->callback([arguments, &action] { action = [arguments] { run_compare(*arguments); }; });
}

}  // namespace hyportrait::cli
