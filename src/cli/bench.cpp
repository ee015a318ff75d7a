// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/bench.h>
#include <hyportrait/error.h>

#include "cli/commands.h"
#include "cli/library.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "core/animate_options.h"
#include "core/parse_text.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  BenchOptions options;
  std::string memory_budget;
  bool json = false;
  bool quiet = false;
};

std::string number(double value, const char* format) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::vector<std::string> row(const std::string& name, const Json& times, const std::string& unit) {
  const auto seconds = [&](const char* key) {
    return number(times.at(key).get<double>(), "%.4f s");
  };
  return {name,
          seconds("median_seconds"),
          seconds("fastest_seconds"),
          seconds("slowest_seconds"),
          unit};
}

void print_report(const Json& report) {
  const Json& unet = report.at("unet");
  const int frames = report.at("frames").get<int>();
  const int threads = report.at("threads").get<int>();
  std::cout << report.at("bundle").at("name").get<std::string>() << " on "
            << report.at("device").get<std::string>() << " ("
            << report.at("device_name").get<std::string>() << ", " << threads
            << (threads == 1 ? " thread), " : " threads), ")
            << report.at("dtype").get<std::string>() << '\n'
            << report.at("image_size") << " px, " << frames << " frames ("
            << report.at("padded_frames") << " with padding), " << report.at("steps")
            << " steps of " << report.at("windows_per_step") << " windows; median of "
            << report.at("repeat") << " runs after " << report.at("warm_up") << "\n\n";
  std::vector<std::vector<std::string>> rows{{"stage", "median", "fastest", "slowest", ""}};
  for (const auto& [stage, times] : report.at("stages").items()) {
    const double each = times.at("median_seconds").get<double>() * 1e3 / frames;
    rows.push_back(row(stage, times, stage == "appearance" ? "" : number(each, "%.2f ms a frame")));
  }
  rows.push_back(row("U-Net, a window-step",
                     unet.at("window_step"),
                     unet.at("batch_windows").dump() + " at a time, branches " +
                         unet.at("branches").get<std::string>()));
  print_columns(std::cout, rows);
  const auto figure = [](const Json& value, double scale, const char* format) {
    return number(value.get<double>() * scale, format);
  };
  std::cout << "\na window-step is " << figure(unet.at("window_step_tflop"), 1, "%.3g")
            << " TFLOP: " << figure(unet.at("tflop_per_second"), 1, "%.3g") << " TFLOP/s, "
            << figure(unet.at("share_of_matmul"), 100, "%.0f") << " % of a matrix product's "
            << figure(unet.at("matmul_tflop_per_second"), 1, "%.3g")
            << "\ndenoise and decode: " << figure(report.at("frames_per_second"), 1, "%.3g")
            << " frames a second\npeak memory: "
            << figure(report.at("peak_host_bytes"), 1e-9, "%.2f GB of the host");
  if (report.at("device") != "cpu") {
    std::cout << figure(report.at("peak_device_bytes"), 1e-9, ", %.2f GB of the GPU");
  }
  std::cout << '\n';
}

void run(Arguments arguments) {
  if (!arguments.memory_budget.empty()) {
    try {
      arguments.options.memory_budget = parse_memory_size(arguments.memory_budget);
    } catch (const std::invalid_argument& error) {
      throw Error(ExitCode::usage,
                  "--memory-budget " + arguments.memory_budget + ": " + error.what());
    }
  }
  ProgressBar bar;
  const RunHooks hooks = foreground_hooks(bar, arguments.quiet);
  const std::string report =
      library(arguments.quiet ? "error" : "warn").bench(arguments.options, hooks);
  if (arguments.json) {
    std::cout << report << '\n' << std::flush;
  } else {
    print_report(Json::parse(report));
    std::cout << std::flush;
  }
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("bench", "Time a bundle's networks stage by stage on made-up pictures");
  const auto arguments = std::make_shared<Arguments>();
  BenchOptions& options = arguments->options;
  command
      ->add_option(
          "--bundle", options.bundle, "Bundle [models/official if it is there, else models/demo]")
      ->type_name("DIR");
  command->add_option("--device", options.device, "Where the networks run [auto]")
      ->type_name("auto|cpu|cuda|cuda:N");
  command->add_option("--dtype", options.dtype, "Precision of the networks [auto]")
      ->type_name("auto|fp32|fp16|bf16");
  command
      ->add_option("--engine", options.engine, "What runs the U-Net, as for animate [torchscript]")
      ->transform(CLI::CheckedTransformer(std::map<std::string, EngineKind>{
          {engine_text(EngineKind::torchscript), EngineKind::torchscript},
          {engine_text(EngineKind::compiled), EngineKind::compiled}}))
      ->type_name("torchscript|compiled");
  command
      ->add_option(
          "--size", options.size, "Side of the square, px, a multiple of 64 [the bundle's]")
      ->type_name("N");
  command->add_option("--frames", options.frames, "Frames of the made-up clip [25]")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--steps", options.steps, "Sampler steps [the bundle's]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--memory-budget",
                   arguments->memory_budget,
                   "Memory of the device that may be taken, such as 8G [what it has free]")
      ->type_name("SIZE");
  command->add_option("--warm-up", options.warm_up, "Runs that do not count [1]")
      ->type_name("N")
      ->check(CLI::Range(0, 1000));
  command->add_option("--repeat", options.repeat, "Runs that count [5]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer("Example: hyportrait bench --bundle models/demo --frames 25 --steps 2");
  command->callback([arguments, &action] { action = [arguments] { run(*arguments); }; });
}

}  // namespace hyportrait::cli
