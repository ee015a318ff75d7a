// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/inspect.h>

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

#include <cmath>
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

std::string whole(double value) {
  return format_number("{:.0f}", value);
}

std::string box_text(const PixelBox& box) {
  return fmt::format(
      "{}x{} px at {},{}", whole(box.width), whole(box.height), whole(box.x), whole(box.y));
}

/// "13 to the right, 7 down, 1 clockwise" of rough angles in degrees.
std::string turn_text(const HeadPose& pose) {
  const auto angle = [](double degrees, const char* positive, const char* negative) {
    return whole(std::abs(degrees)) + " " + (std::lround(degrees) < 0 ? negative : positive);
  };
  return angle(pose.yaw, "right", "left") + ", " + angle(pose.pitch, "down", "up") + ", " +
         angle(pose.roll, "clockwise", "anticlockwise");
}

std::string range_text(const Range& range) {
  return whole(range.lowest) + " to " + whole(range.highest);
}

std::string sharpness_text(double sharpness) {
  constexpr double kBlurred = 4.0;  // docs/cli.md, inspect
  return (sharpness < kBlurred ? "blurred (" : "sharp (") + rounded(sharpness) + ")";
}

/// "face 0", or the place that --box gives.
std::string taken_text(const PictureFindings& findings) {
  const std::string taken = box_text(findings.chosen->box);
  for (std::size_t i = 0; i < findings.faces.size(); ++i) {
    if (box_text(findings.faces[i].box) == taken) {
      return "face " + std::to_string(i);
    }
  }
  return "the face in " + taken;
}

void print_inspect_findings(Page& page, const PictureFindings& findings) {
  page.sentence(findings.faces.empty()
                    ? "No face found."
                    : counted(static_cast<std::int64_t>(findings.faces.size()), "face") +
                          " found:");
  if (!findings.faces.empty()) {
    std::vector<std::vector<std::string>> rows{
        {"face", "place", "sharpness", "turned (degrees, rough)"}};
    for (std::size_t i = 0; i < findings.faces.size(); ++i) {
      const SeenFace& face = findings.faces[i];
      rows.push_back({std::to_string(i),
                      box_text(face.box),
                      sharpness_text(face.sharpness),
                      turn_text(face.pose)});
    }
    page.table(rows);
  }
  if (findings.chosen) {
    page.sentence("animate takes " + taken_text(findings) + ".");
  }
  if (findings.crop) {
    page.sentence("The square around its head is " + box_text(*findings.crop) + ".");
  }
}

void print_head(Page& page, const HeadFindings& head) {
  page.sentence(fmt::format("The face is {} px large, first at {},{}, and {}.",
                            range_text(head.size_px),
                            whole(head.first_box.x),
                            whole(head.first_box.y),
                            sharpness_text(head.sharpness)));
  page.sentence("The square around its head is " + box_text(head.crop) +
                (head.frames_outside_crop > 0
                     ? "; the head leaves it in " + counted(head.frames_outside_crop, "frame") + "."
                     : "."));
  page.sentence(
      fmt::format("The head turns by {} degrees (yaw, right is positive), {} (pitch, down) and "
                  "{} (roll, clockwise), roughly.",
                  range_text(head.yaw),
                  range_text(head.pitch),
                  range_text(head.roll)));
}

void print_inspect_findings(Page& page, const ClipFindings& findings) {
  const ClipFacts& stream = findings.stream;
  page.sentence(fmt::format("{} in {}, {}{}, {}.",
                            counted(findings.frames, "frame"),
                            duration_text(findings.seconds),
                            rate_text(stream.frame_rate),
                            stream.variable_frame_rate ? " (uneven)" : "",
                            stream.has_audio ? "with sound" : "no sound"));
  page.sentence(fmt::format("Stream: {}, {}, {}{}.",
                            stream.codec,
                            stream.pixel_format,
                            stream.colour,
                            stream.rotation_degrees == 0
                                ? ""
                                : fmt::format(", rotated by {} degrees", stream.rotation_degrees)));
  if (findings.frames_with_several > 0) {
    page.sentence(fmt::format("Several faces (up to {}) in {}.",
                              findings.max_faces,
                              counted(findings.frames_with_several, "frame")));
  }
  std::string without;
  for (const FrameRun& run : findings.without_face) {
    without += fmt::format("{}{}-{}", without.empty() ? ": " : ", ", run.first, run.last);
  }
  page.sentence(without.empty() ? "Every frame has the face."
                                : counted(findings.frames_without_face(), "frame") +
                                      " without the face" + without + ".");
  if (findings.head) {
    print_head(page, *findings.head);
  }
}

void print_inspect_report(const Inspection& inspection) {
  Page page(std::cout, 2);
  const bool picture = std::holds_alternative<PictureFindings>(inspection.findings);
  page.sentence(paint(Ink::heading, shown_path(inspection.path.string())) + ": a " +
                (picture ? "picture" : "clip") + " of " +
                fmt::format("{}x{} px.", inspection.size.width, inspection.size.height));
  std::visit([&](const auto& findings) { print_inspect_findings(page, findings); },
             inspection.findings);
  page.blank();
  if (inspection.advice.empty()) {
    page.line(paint(Ink::good, "no advice: this should work"));
  }
  for (const std::string& advice : inspection.advice) {
    page.field(paint(Ink::note, "-"), printable(advice));
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
