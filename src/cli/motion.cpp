// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/motion.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/narrator.h"
#include "cli/option_binding.h"
#include "cli/plan_text.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

struct ExtractArguments {
  BoundOptions<ExtractOptions> given;
  bool json = false;
  bool quiet = false;
  std::string progress;
};

struct InfoArguments {
  std::string file;
  bool json = false;
};

std::string gaps_text(const MotionInfo& info) {
  std::vector<std::string> runs;
  for (const FrameRun& run : info.without_face) {
    runs.push_back(run.first == run.last ? fmt::format("{}", run.first)
                                         : fmt::format("{}-{}", run.first, run.last));
  }
  const std::string filled =
      runs.empty() ? "none" : fmt::format("{} (filled in)", fmt::join(runs, ", "));
  return info.skipped_seconds > 0.0
             ? fmt::format("{}; {} left out", filled, duration_text(info.skipped_seconds))
             : filled;
}

void print_motion_info(const MotionInfo& info) {
  Page page(std::cout);
  page.sentence(fmt::format("{}: motion of a {}, {}{}.",
                            paint(Ink::heading, shown_path(info.path.string())),
                            info.picture ? "picture" : "clip",
                            counted(info.frames, "frame"),
                            info.picture
                                ? ""
                                : fmt::format(" in {}, {}{}",
                                              duration_text(info.seconds),
                                              rate_text(info.frame_rate),
                                              info.variable_frame_rate ? " (uneven)" : "")));
  page.sentence(fmt::format(
      "The driver was {0}x{1} px, read for squares of {2}x{2} px, with --drive-crop {3}.",
      info.size.width,
      info.size.height,
      info.image_size,
      info.drive_crop == DriveCrop::follow ? "follow" : "fixed"));
  page.sentence(fmt::format("The head moves by {} %, the face by {} % of the face's size.",
                            rounded(info.head_movement),
                            rounded(info.face_movement)));
  page.sentence("Frames without a face: " + gaps_text(info) + ".");
  page.blank();
  std::vector<std::vector<std::string>> rows{{"angle", "from", "to", ""}};
  for (const auto& [name, range] : info.angles) {
    rows.push_back({name,
                    format_number("{:.0f}", range.lowest),
                    format_number("{:.0f}", range.highest),
                    "degrees"});
  }
  page.table(rows, {1, 2});
}

void run_extract(const ExtractArguments& arguments) {
  const ExtractOptions options = arguments.given.read();
  validate(options);
  const Api& api = library(arguments.quiet ? LogLevel::error : LogLevel::info);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const MotionInfo info = api.extract_motion(options, hooks);
  if (arguments.json) {
    print_json(json_of(info));
  }
  tell_end(
      fmt::format("wrote {} ({})", printable(info.path.string()), counted(info.frames, "frame")),
      {{"output", info.path.string()}, {"frames", info.frames}},
      arguments.quiet || arguments.json);
}

void add_extract(CLI::App& motion, Action& action) {
  CLI::App* command = motion.add_subcommand(
      "extract", "Read the motion of a clip or a picture into a file that --drive takes");
  const auto arguments = std::make_shared<ExtractArguments>();
  arguments->given.add(*command, extract_option_specs());
  command->add_flag("--json", arguments->json, "Print what was read as JSON");
  command->add_flag("--quiet", arguments->quiet, "Errors only");
  add_progress_option(*command, arguments->progress);
  command->footer("Example: hyportrait motion extract clip.mp4 -o nod.motion");
  command->callback([arguments, &action] { action = [arguments] { run_extract(*arguments); }; });
}

void add_info(CLI::App& motion, Action& action) {
  CLI::App* command = motion.add_subcommand(
      "info", "Show what a motion file holds: length, turns of the head, frames without a face");
  const auto arguments = std::make_shared<InfoArguments>();
  command->add_option("file", arguments->file, "Motion file")->type_name("FILE")->required();
  command->add_flag("--json", arguments->json, "As JSON");
  command->callback([arguments, &action] {
    action = [arguments] {
      const MotionInfo info = library(LogLevel::warn).motion_info(arguments->file);
      if (arguments->json) {
        print_json(json_of(info));
      } else {
        print_motion_info(info);
      }
    };
  });
}

}  // namespace

void add_motion(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("motion", "Keep a driver's motion in a file, or show such a file");
  command->require_subcommand(1);
  add_extract(*command, action);
  add_info(*command, action);
}

}  // namespace hyportrait::cli
