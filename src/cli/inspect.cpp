// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/inspect.h>

#include "cli/commands.h"
#include "cli/library.h"
#include "cli/progress_bar.h"
#include "core/parse_text.h"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <stdexcept>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string input;
  std::string bundle;
  std::string device = "auto";
  std::string face;
  std::string box;
  std::string start;
  std::string end;
  std::string max_frames;
  std::string overlay;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

/// What `parse` makes of a flag's text; nothing for a flag that was not given.
template <class Parse>
auto parsed(const char* flag, const std::string& text, Parse parse)
    -> std::optional<decltype(parse(text))> {
  if (text.empty()) {
    return std::nullopt;
  }
  try {
    return parse(text);
  } catch (const std::invalid_argument& error) {
    throw Error(ExitCode::usage, std::string(flag) + " " + text + ": " + error.what());
  }
}

InspectOptions options_from(const Arguments& arguments) {
  InspectOptions options;
  options.input = arguments.input;
  options.bundle = arguments.bundle;
  options.device = arguments.device;
  options.face = parsed("--face", arguments.face, parse_face).value_or(FaceSelector{});
  options.box = parsed("--box", arguments.box, parse_box);
  options.start_seconds = parsed("--start", arguments.start, parse_time);
  options.end_seconds = parsed("--end", arguments.end, parse_time);
  options.max_frames = parsed("--max-frames", arguments.max_frames, [](const std::string& text) {
    return parse_integer(text, 1, 10'000'000);
  });
  options.overlay = arguments.overlay;
  options.overwrite = arguments.overwrite;
  return options;
}

std::string number(const Json& value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value.get<double>());
  return text;
}

std::string size_text(const Json& box) {
  return number(box.at("width")) + "x" + number(box.at("height")) + " at " + number(box.at("x")) +
         "," + number(box.at("y"));
}

std::string range(const Json& pair) {
  return number(pair.at(0)) + " to " + number(pair.at(1));
}

void print_face(const char* name, const Json& face) {
  const Json& pose = face.at("pose");
  std::cout << name << ": " << size_text(face.at("box")) << ", score " << number(face.at("score"))
            << ", yaw " << number(pose.at("yaw")) << ", pitch " << number(pose.at("pitch"))
            << ", roll " << number(pose.at("roll")) << ", sharpness "
            << number(face.at("sharpness")) << '\n';
}

void print_picture(const Json& report) {
  std::cout << "faces: " << report.at("faces").size() << '\n';
  int index = 0;
  for (const Json& face : report.at("faces")) {
    print_face(("  " + std::to_string(index++)).c_str(), face);
  }
  if (!report.at("chosen").is_null()) {
    print_face("taken", report.at("chosen"));
    std::cout << "square around the head: " << size_text(report.at("crop")) << '\n';
  }
}

void print_clip(const Json& report) {
  std::cout << "frames: " << report.at("frames") << " in " << number(report.at("seconds")) << " s, "
            << number(report.at("frame_rate")) << " a second"
            << (report.at("variable_frame_rate").get<bool>() ? ", uneven" : "") << '\n'
            << "stream: " << report.at("codec").get<std::string>() << ", "
            << report.at("pixel_format").get<std::string>() << ", "
            << report.at("colour").get<std::string>() << ", turned by "
            << report.at("rotation_degrees") << " degrees, "
            << (report.at("audio").get<bool>() ? "with sound" : "no sound") << '\n'
            << "faces: up to " << report.at("faces").at("most") << " in a frame, several in "
            << report.at("faces").at("frames_with_several") << " frame(s)\n"
            << "frames without the face: " << report.at("frames_without_face");
  for (const Json& run : report.at("without_face")) {
    std::cout << "  " << number(run.at("frames").at(0)) << "-" << number(run.at("frames").at(1));
  }
  std::cout << '\n';
  if (const Json& head = report.at("head"); !head.is_null()) {
    std::cout << "first face: " << size_text(head.at("first_box")) << '\n'
              << "square around the head: " << size_text(head.at("crop")) << '\n'
              << "face size: " << range(head.at("size_px")) << " px\n"
              << "yaw: " << range(head.at("yaw")) << ", pitch: " << range(head.at("pitch"))
              << ", roll: " << range(head.at("roll")) << " degrees (rough)\n"
              << "sharpness: " << number(head.at("sharpness")) << '\n';
  }
}

void print_report(const Json& report) {
  std::cout << report.at("path").get<std::string>() << ": " << report.at("kind").get<std::string>()
            << ", " << report.at("width") << "x" << report.at("height") << '\n';
  if (report.at("kind") == "picture") {
    print_picture(report);
  } else {
    print_clip(report);
  }
  if (report.at("advice").empty()) {
    std::cout << "\nno advice: this should work\n";
  }
  for (const Json& advice : report.at("advice")) {
    std::cout << "\n- " << advice.get<std::string>() << '\n';
  }
}

void run(const Arguments& arguments) {
  const InspectOptions options = options_from(arguments);
  const Api& api = library("warn");
  ProgressBar bar;
  const RunHooks hooks = foreground_hooks(bar, arguments.quiet);
  const std::string report = api.inspect(options, hooks);
  if (arguments.json) {
    std::cout << report << '\n';
  } else {
    print_report(Json::parse(report));
  }
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what animate would see of a portrait or a clip, with advice");
  const auto arguments = std::make_shared<Arguments>();
  const auto text = [&](const char* name, std::string& value, const char* type, const char* help) {
    return command->add_option(name, value, help)->type_name(type);
  };
  text("input", arguments->input, "FILE", "Portrait or driving clip")->required();
  text("--bundle",
       arguments->bundle,
       "DIR",
       "Bundle whose detector looks [models/official if it is there, else models/demo]");
  text("--device", arguments->device, "auto|cpu|cuda|cuda:N", "Where the detector runs [auto]");
  text("--face",
       arguments->face,
       "largest|INDEX|X,Y",
       "Which face, as --ref-face and --drive-face [largest]");
  text("--box", arguments->box, "X,Y,W,H", "Where the face is, px, as --ref-box and --drive-box");
  text("--start", arguments->start, "TIME", "Begin at this time of the clip");
  text("--end", arguments->end, "TIME", "End before this time of the clip");
  text("--max-frames", arguments->max_frames, "N", "Stop after so many frames of the clip");
  text("--overlay",
       arguments->overlay,
       "FILE",
       "Draw faces, landmarks and squares into this .png or .mp4");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an existing overlay");
  command->add_flag("--json", arguments->json, "As JSON");
  command->add_flag("--quiet", arguments->quiet, "No progress");
  command->footer("Example: hyportrait inspect clip.mp4 --overlay seen.mp4");
  command->callback([arguments, &action] { action = [arguments] { run(*arguments); }; });
}

}  // namespace hyportrait::cli
