// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/help_text.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/plan_text.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/animate_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <memory>

namespace hyportrait::cli {
namespace {

struct AnimateArguments {
  BoundOptions<AnimateOptions> given;
  std::string config;
  bool demo = false;
  bool print_config = false;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
  std::string progress;
  bool verbose = false;
  std::string log_level = "info";
};

/// Defaults, then the config file, then the flags.
AnimateOptions options_from(const AnimateArguments& arguments) {
  AnimateOptions options;
  if (!arguments.config.empty()) {
    apply_config_file(options, arguments.config);
  }
  arguments.given.read_into(options);
  return options;
}

void print_config(const nlohmann::ordered_json& config) {
  for (const auto& [name, value] : config.items()) {
    if (value.is_string() && !is_utf8(value.get<std::string>())) {
      throw Error(ExitCode::usage,
                  "--" + name + " " + value.get<std::string>() +
                      ": is not UTF-8, and JSON can hold nothing else; leave it out of the config "
                      "and give it as a flag, or rename the file");
    }
  }
  print_json(config);
}

/// Portrait and clip of the bundle that came with the program. Throws Error(usage) where others are
/// named.
void take_demo(AnimateOptions& options, const Api& api) {
  if (!options.face.ref.empty() || !options.face.drive.empty() || !options.bundle.empty()) {
    throw Error(ExitCode::usage,
                "--demo has a portrait, a clip and a bundle of its own; leave out --ref, --drive "
                "and --bundle, or leave out --demo");
  }
  const std::filesystem::path bundle = api.demo_bundle();
  options.bundle = bundle;
  options.face.ref = bundle / "samples" / "portrait.png";
  options.face.drive = bundle / "samples" / "clip.mp4";
  if (options.output.empty()) {
    options.output = "demo.mp4";
  }
}

void print_planned(const AnimateArguments& arguments,
                   const PlannedRun& planned,
                   const AnimateOptions& options) {
  if (arguments.json) {
    print_json(json_of(planned));
  } else if (arguments.verbose) {
    print_plan(json_of(planned), "");
  } else {
    print_run_plan(planned, options);
  }
}

/// The output, its size on the disk, the time taken and the warning that matters most.
std::string end_of_run(const RunReport& report, double seconds) {
  const WrittenFacts& written = report.written;
  std::string text = fmt::format("wrote {} ({}), {}, in {}",
                                 printable(report.output().string()),
                                 counted(written.frames, "frame"),
                                 rounded_size(written.bytes),
                                 duration_text(seconds));
  if (written.frames > 1 && seconds > 0.0) {
    text +=
        fmt::format(", {} frames a second", rounded(static_cast<double>(written.frames) / seconds));
  }
  if (!report.warnings.empty()) {
    text += "\n" + paint(Ink::note, "warning:") + " " + printable(report.warnings.front());
    if (const std::size_t more = report.warnings.size() - 1; more > 0) {
      text += fmt::format(" (and {} more in its sidecar)", more);
    }
  }
  return text;
}

void run_animate(const AnimateArguments& arguments) {
  AnimateOptions options = options_from(arguments);
  const LogLevel log_level = arguments.verbose && !arguments.dry_run
                                 ? LogLevel::debug
                                 : parse_log_level(arguments.log_level);
  if (arguments.demo) {
    take_demo(options, library(arguments.quiet ? LogLevel::error : log_level));
  }
  if (arguments.print_config) {
    print_config(to_config(options));
    return;
  }
  validate(options);
  const Api& api = library(arguments.quiet ? LogLevel::error : log_level);
  if (arguments.dry_run) {
    print_planned(arguments, api.plan_run(options), options);
    return;
  }
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const auto begin = std::chrono::steady_clock::now();
  const RunReport report = api.animate(options, hooks);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (arguments.json) {
    print_json(json_of(report));
  }
  tell_end(end_of_run(report, taken.count()),
           {{"output", report.output().string()}, {"frames", report.written.frames}},
           arguments.quiet || arguments.json);
}

void add_help_text(CLI::App& command) {
  shorten_help(command,
               {"ref",
                "drive",
                "output",
                "demo",
                "bundle",
                "start",
                "end",
                "preset",
                "device",
                "crop-only",
                "overwrite",
                "dry-run"});
  command.footer(
      "Example: hyportrait animate --ref face.png --drive clip.mp4 -o out.mp4\n"
      "Without files of your own: hyportrait animate --demo");
}

}  // namespace

void add_animate(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "animate",
      "Animate a portrait: the look of --ref, the motion and sound of --drive, as one clip");
  const auto arguments = std::make_shared<AnimateArguments>();
  arguments->given.add(*command, animate_option_specs());
  command
      ->add_flag("--demo",
                 arguments->demo,
                 "The portrait and the clip that came with the program, into demo.mp4 unless -o "
                 "names another")
      ->group("Inputs and output");
  const std::string group = "Run";
  command
      ->add_option(
          "--config",
          arguments->config,
          "Options from a JSON file with the same names, or from the sidecar of a run; flags win")
      ->type_name("FILE")
      ->group(group);
  command
      ->add_flag(
          "--print-config", arguments->print_config, "Print the options as a config file and stop")
      ->group(group);
  command
      ->add_flag("--dry-run",
                 arguments->dry_run,
                 "Print what would be done and stop; with --verbose every value")
      ->group(group);
  command
      ->add_flag("--json",
                 arguments->json,
                 "Print the run's report (or the plan) as JSON on standard output")
      ->group(group);
  command->add_flag("--quiet", arguments->quiet, "Errors only")->group(group);
  add_progress_option(*command, arguments->progress)->group(group);
  command
      ->add_flag("-v,--verbose",
                 arguments->verbose,
                 "As --log-level debug; with --dry-run: every value of the plan instead")
      ->group(group);
  command
      ->add_option(
          "--log-level", arguments->log_level, "trace, debug, info, warn, error or off [info]")
      ->type_name("LEVEL")
      ->group(group);
  add_help_text(*command);
  command->callback([arguments, &action] { action = [arguments] { run_animate(*arguments); }; });
}

}  // namespace hyportrait::cli
