// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/inspect.h>

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

namespace hyportrait::cli {
namespace {

struct InspectArguments {
  BoundOptions<InspectOptions> given;
  bool json = false;
  bool quiet = false;
  std::string progress;
  bool require_face = false;
};

bool has_face(const Inspection& inspection) {
  const auto* picture = std::get_if<PictureFindings>(&inspection.findings);
  return picture != nullptr ? picture->chosen.has_value()
                            : std::get<ClipFindings>(inspection.findings).head.has_value();
}

std::string number(double value) {
  return format_number("{:.10g}", value);
}

std::string box_text(const PixelBox& box) {
  return number(box.width) + "x" + number(box.height) + " at " + number(box.x) + "," +
         number(box.y);
}

std::string range_text(const Range& range) {
  return number(range.lowest) + " to " + number(range.highest);
}

void print_face(const std::string& name, const SeenFace& face) {
  std::cout << name << ": " << box_text(face.box) << ", score " << number(face.score) << ", yaw "
            << number(face.pose.yaw) << ", pitch " << number(face.pose.pitch) << ", roll "
            << number(face.pose.roll) << ", sharpness " << number(face.sharpness) << '\n';
}

void print_inspect_findings(const PictureFindings& findings) {
  std::cout << "faces: " << findings.faces.size() << '\n';
  for (std::size_t i = 0; i < findings.faces.size(); ++i) {
    print_face("  " + std::to_string(i), findings.faces[i]);
  }
  if (findings.chosen) {
    print_face("taken", *findings.chosen);
  }
  if (findings.crop) {
    std::cout << "square around the head: " << box_text(*findings.crop) << '\n';
  }
}

void print_inspect_findings(const ClipFindings& findings) {
  const ClipFacts& stream = findings.stream;
  std::cout << "frames: " << findings.frames << " in " << number(findings.seconds) << " s, "
            << number(stream.frame_rate) << " a second"
            << (stream.variable_frame_rate ? ", uneven" : "") << '\n'
            << "stream: " << stream.codec << ", " << stream.pixel_format << ", " << stream.colour
            << (stream.rotation_degrees == 0
                    ? ""
                    : fmt::format(", rotated by {} degrees", stream.rotation_degrees))
            << (stream.has_audio ? ", with sound" : ", no sound") << '\n'
            << "faces: up to " << findings.max_faces << " in a frame, several in "
            << counted(findings.frames_with_several, "frame") << "\n"
            << "frames without the face: " << findings.frames_without_face();
  for (const FrameRun& run : findings.without_face) {
    std::cout << "  " << run.first << "-" << run.last;
  }
  std::cout << '\n';
  if (const std::optional<HeadFindings>& head = findings.head) {
    std::cout << "first face: " << box_text(head->first_box) << '\n'
              << "square around the head: " << box_text(head->crop) << '\n'
              << "face size: " << range_text(head->size_px) << " px\n"
              << "yaw: " << range_text(head->yaw) << ", pitch: " << range_text(head->pitch)
              << ", roll: " << range_text(head->roll) << " degrees (rough)\n"
              << "sharpness: " << number(head->sharpness) << '\n';
  }
}

void print_inspect_report(const Inspection& inspection) {
  const bool picture = std::holds_alternative<PictureFindings>(inspection.findings);
  std::cout << printable(inspection.path.string()) << ": " << (picture ? "picture" : "clip") << ", "
            << inspection.size.width << "x" << inspection.size.height << '\n';
  std::visit([](const auto& findings) { print_inspect_findings(findings); }, inspection.findings);
  if (inspection.advice.empty()) {
    std::cout << "\nno advice: this should work\n";
  }
  for (const std::string& advice : inspection.advice) {
    std::cout << "\n- " << printable(advice) << '\n';
  }
}

void run_inspect(const InspectArguments& arguments) {
  const InspectOptions options = arguments.given.read();
  validate(options);
  const Api& api = library(LogLevel::warn);
  Narrator narrator(parse_progress_style(arguments.progress, arguments.quiet));
  const RunHooks hooks = foreground_hooks(narrator);
  const Inspection inspection = api.inspect(options, hooks);
  if (arguments.json) {
    print_json(json_of(inspection));
  } else {
    print_inspect_report(inspection);
  }
  if (arguments.require_face && !has_face(inspection)) {
    throw Error(ExitCode::input, options.input.string() + ": has no such face (--require-face)");
  }
  tell_end("", {{"input", options.input.string()}}, arguments.quiet);
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what animate would see of a portrait or a clip, with advice");
  const auto arguments = std::make_shared<InspectArguments>();
  arguments->given.add(*command, inspect_option_specs());
  command->add_flag(
      "--require-face", arguments->require_face, "End with exit 3 when the face is not found");
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  add_progress_option(*command, arguments->progress);
  command->footer("Example: hyportrait inspect clip.mp4 --overlay seen.mp4");
  command->callback([arguments, &action] { action = [arguments] { run_inspect(*arguments); }; });
}

}  // namespace hyportrait::cli
