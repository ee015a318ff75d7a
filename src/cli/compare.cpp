// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>
#include <utility>

namespace hyportrait::cli {
namespace {

struct CompareArguments {
  BoundOptions<CompareOptions> given;
  bool json = false;
};

std::vector<std::string> figure_row(const char* name,
                                    const FrameFigure& figure,
                                    const char* format) {
  return {name,
          format_number(format, figure.mean),
          format_number(format, figure.worst),
          std::to_string(figure.worst_frame)};
}

void print_comparison(const Comparison& comparison) {
  Page page(std::cout);
  for (const auto& [name, side] : {std::pair("a", &comparison.a), std::pair("b", &comparison.b)}) {
    page.field(name, shown_path(side->path.string()) + ", " + counted(side->frames, "frame"));
  }
  page.field("size", fmt::format("{}x{} px", comparison.size.width, comparison.size.height));
  if (comparison.times) {
    page.field("times",
               comparison.times->seconds == 0.0
                   ? "the same"
                   : fmt::format("differ by at most {} ms (frame {})",
                                 rounded(comparison.times->seconds * 1e3),
                                 comparison.times->frame));
  }
  page.blank();
  page.table({{"", "mean", "worst", "at frame"},
              figure_row("PSNR (dB)", comparison.psnr, "{:.2f}"),
              figure_row("SSIM", comparison.ssim, "{:.4f}")},
             {1, 2, 3});
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
