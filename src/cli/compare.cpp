// SPDX-License-Identifier: Apache-2.0
#include "cli/checks.h"
#include "cli/commands.h"
#include "cli/library.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

void print_row(const char* name, const nlohmann::ordered_json& figure, const char* format) {
  char mean[32];
  char worst[32];
  std::snprintf(mean, sizeof mean, format, figure.at("mean").get<double>());
  std::snprintf(worst, sizeof worst, format, figure.at("worst").get<double>());
  char line[128];
  std::snprintf(line,
                sizeof line,
                "%-10s %10s %10s %10lld\n",
                name,
                mean,
                worst,
                figure.at("worst_frame").get<long long>());
  std::cout << line;
}

void print_table(const nlohmann::ordered_json& report) {
  for (const char* side : {"a", "b"}) {
    const auto& clip = report.at(side);
    std::cout << side << ": " << clip.at("path").get<std::string>() << ", " << clip.at("frames")
              << " frames\n";
  }
  std::cout << "size: " << report.at("width") << "x" << report.at("height") << '\n';
  if (const auto& times = report.at("times"); !times.is_null()) {
    char line[96];
    std::snprintf(line,
                  sizeof line,
                  "times: differ by at most %.4f s (frame %lld)\n",
                  times.at("largest_difference_seconds").get<double>(),
                  times.at("frame").get<long long>());
    std::cout << line;
  }
  std::cout << "\n                 mean      worst   at frame\n";
  print_row("PSNR (dB)", report.at("psnr"), "%.3f");
  print_row("SSIM", report.at("ssim"), "%.5f");
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "compare", "Compare two clips frame by frame: PSNR, SSIM, number of frames, time stamps");
  struct Arguments {
    CompareOptions options;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("A", arguments->options.a, "Clip, or folder of PNGs (--frames-dir)")
      ->type_name("FILE")
      ->required();
  command->add_option("B", arguments->options.b, "What to compare it with")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--min-psnr",
                   arguments->options.min_psnr,
                   "Fail (exit 6) when a frame's PSNR is below, dB; equal frames have 100")
      ->type_name("DB")
      ->check(CLI::Range(0.0, 100.0));
  command
      ->add_option("--min-ssim",
                   arguments->options.min_ssim,
                   "Fail (exit 6) when a frame's SSIM is below; equal frames have 1")
      ->type_name("X")
      ->check(CLI::Range(-1.0, 1.0));
  command->add_flag("--json", arguments->json, "As JSON");
  command->footer("Example: hyportrait compare out.mp4 golden/ --min-psnr 40");
  command->callback([arguments, &action] {
    action = [arguments] {
      const CheckReport report = library("warn").compare(arguments->options);
      finish_check("compare", report, arguments->json ? nullptr : print_table);
    };
  });
}

}  // namespace hyportrait::cli
