// SPDX-License-Identifier: Apache-2.0
#include "options/animate_options.h"

#include "base/file_names.h"
#include "base/json_strict.h"
#include "base/parse_text.h"
#include "options/tool_options.h"

#include <algorithm>
#include <limits>

namespace hyportrait {
namespace {

using Options = AnimateOptions;
using Table = OptionTable<AnimateOptions>;
using Spec = OptionSpec<AnimateOptions>;

constexpr double kMaxStrength = 3.0;

/// A member of the options of a face as a field of the whole.
template <class Member>
auto of_face(Member FaceOptions::*member) {
  return [member](auto& options) -> auto& {
    return options.face.*member;
  };
}

/// The same of what becomes of the motion.
template <class Member>
auto of_motion(Member MotionOptions::*member) {
  return [member](auto& options) -> auto& {
    return options.motion.*member;
  };
}

void add_inputs(Table& table) {
  table.group("Inputs and output");
  table.path({"ref", "Portrait: the look (JPEG, PNG, WebP, TIFF, BMP, HEIC, AVIF, GIF)"},
             of_face(&FaceOptions::ref));
  table.path({"drive",
              "Driver: the motion, the sound and the frame times of a clip; or a folder of "
              "pictures, their "
              "names as %04d.png, one picture, a motion file (hyportrait motion extract)"},
             of_face(&FaceOptions::drive));
  table.path(
      {"output",
       "MP4, MOV, MKV, WebM, GIF or WebP to write; PNG or JPEG where the driver is a picture",
       "<ref>_<clip>.mp4 in the current folder"},
      &Options::output);
  add_bundle(table, "Model bundle");
  add_clip_range(table);
  add_frame_rate(table);
  add_audio(table);
  add_background(table);
}

void add_faces(Table& table) {
  table.group("Faces");
  table.parsed({"ref-face", "Which face of the portrait"},
               kFaceValue,
               parse_face,
               of_face(&FaceOptions::ref_face));
  table.parsed({"ref-box", "The face's place in the portrait, px (for faces the detector misses)"},
               "X,Y,W,H",
               parse_box,
               of_face(&FaceOptions::ref_box));
  add_driver(table,
             of_face(&FaceOptions::drive_face),
             of_face(&FaceOptions::drive_box),
             of_face(&FaceOptions::no_face),
             of_face(&FaceOptions::drive_crop));
}

void add_motion(Table& table) {
  table.group("Motion (docs/motion.md)");
  Spec& pose_drive = table.path({"pose-drive",
                                 "Take the head pose from another clip, picture or motion file; "
                                 "ref: keep the portrait's own"},
                                of_motion(&MotionOptions::pose_drive));
  pose_drive.value = "FILE|ref";
  pose_drive.keyword = kPortraitsPose;
  table.number({"expression-strength", "How strongly the face moves about its neutral, 0 to 3"},
               "X",
               0.0,
               kMaxStrength,
               of_motion(&MotionOptions::expression_strength));
  table.number({"pose-strength", "How strongly the head moves about its neutral, 0 to 3"},
               "X",
               0.0,
               kMaxStrength,
               of_motion(&MotionOptions::pose_strength));
  table.parsed(
      {"pose-offset", "Turn the head by so many degrees: to the picture's right, down, clockwise"},
      "YAW,PITCH,ROLL",
      parse_pose_offset,
      of_motion(&MotionOptions::pose_offset));
  table.parsed({"neutral",
                "The frame of the driver in which face and head are neutral",
                "the clip's median; with --relative the first face"},
               "TIME",
               parse_time,
               of_motion(&MotionOptions::neutral_seconds));
  table.flag(
      {"relative",
       "Add how the driver moves from its neutral to the portrait's own expression and pose"},
      of_motion(&MotionOptions::relative));
  table.number({"smooth", "Steady the motion over so many seconds, 0 to 10"},
               "SECONDS",
               0.0,
               10.0,
               of_motion(&MotionOptions::smooth_seconds));
}

void add_guidance(Table& table) {
  Spec& both = table.parsed(
      {"guidance", "Both guidance scales; A:B goes from A at the first step to B at the last"},
      "A[:B]",
      parse_guidance,
      &Options::motion_guidance);
  both.set = [](Options& options, const std::string& text) {
    options.appearance_guidance = options.motion_guidance = parse_guidance(text);
  };
  both.get = [](const Options&) -> std::optional<std::string> {
    return std::nullopt;
  };  // the two below say it
  table.parsed({"appearance-guidance", "Guidance scale of the look"},
               "A[:B]",
               parse_guidance,
               &Options::appearance_guidance);
  table.parsed({"motion-guidance", "Guidance scale of the motion"},
               "A[:B]",
               parse_guidance,
               &Options::motion_guidance);
  table.number({"guidance-until",
                "Share of the steps that are guided, 0 to 1; the others take the scale 1",
                "1"},
               "X",
               0.0,
               1.0,
               &Options::guidance_until);
}

void add_sampling(Table& table) {
  table.group("Sampling (defaults are the bundle's)");
  table.choice(
      {"preset",
       "exact: the bundle's sampler; fast, draft: fewer steps, later ones unguided, less padding. "
       "Other flags win over it (docs/cli.md has what each sets)"},
      {"exact", "fast", "draft"},
      &Options::preset);
  table.integer({"steps", "Sampler steps"}, 1, kMaxSteps, &Options::steps);
  add_guidance(table);
  add_size(table, {"size", "Side of the generated square, px, a multiple of 64"});
  table.integer({"seed", "Seed of the initial noise; the same on every device"},
                0,
                std::numeric_limits<std::int64_t>::max(),
                &Options::seed);
  table.path(
      {"noise", "Initial noise from a .safetensors file, `noise` [P,4,h,w] of unit variance"},
      &Options::noise);
  table.integer({"window", "Frames denoised together"}, 1, 1024, &Options::window);
  table.integer({"overlap", "Frames that neighbouring windows share"}, 0, 1023, &Options::overlap);
  table.integer({"shift", "Frames the windows move back each step"}, 0, 1023, &Options::shift);
  table.integer(
      {"padding", "Frames faded in before and out after the clip"}, 0, 1024, &Options::padding);
  table.integer(
      {"decode-chunk", "Frames the VAE decodes together"}, 1, 1024, &Options::decode_chunk);
}

void add_where(Table& table) {
  table.group("Device");
  add_device(table, "Where the networks run: auto is the first CUDA GPU that works, else the CPU");
  add_precision_and_engine(table);
  add_memory_budget(
      table,
      "Memory of the device that the run may take, such as 8G; chooses how many windows go through "
      "the network together");
}

void add_picture(Table& table) {
  table.group("Result");
  table.flag({"crop-only", "Write the generated square instead of the full portrait"},
             &Options::crop_only);
  table.parsed({"crop-size", "Side of that square: the network's, the portrait's own, or N px"},
               "network|native|N",
               parse_crop_size,
               &Options::crop_size);
  table.choice({"detail",
                "Carry the portrait's fine detail into each frame: auto is on where the portrait "
                "is sharper than the network draws (docs/detail.md)"},
               {"auto", "on", "off"},
               &Options::detail);
  table.number({"detail-strength", "How much of it, 0 to 2; 1 is what scaling took away"},
               "X",
               0.0,
               2.0,
               &Options::detail_strength);
  table.choice({"blend", "How the face is pasted back: a soft edge, or the original's linear one"},
               {"soft", "original"},
               &Options::blend);
  table.parsed({"colour-match", "Match the pasted face to the portrait's colours at the border"},
               "on|off",
               parse_switch,
               &Options::colour_match);
  table.flag({"side-by-side", "Show portrait, driving frame and result in one picture"},
             &Options::side_by_side);
  table.path(
      {"sheet", "Also write a contact sheet (PNG): the portrait, driver and result at six moments"},
      &Options::sheet);
  add_encoding(table);
  table.choice(
      {"compat", "original: do as the original program where a default differs (docs/cli.md)"},
      {"none", "original"},
      &Options::compat);
  table.flag({"overwrite", "Replace an existing output"}, &Options::overwrite);
}

void add_run(Table& table) {
  table.group("Run");
  table.number({"save-interval",
                "Time between saves of the run's state, from which the same command resumes; 0 "
                "saves after each U-Net call"},
               "SECONDS",
               0.0,
               1e6,
               &Options::save_interval_seconds);
}

/// The text a JSON value stands for, checked against the option's kind.
std::string config_text(const Spec& spec, const nlohmann::json& value) {
  if (spec.kind == OptionKind::flag || value.is_boolean()) {
    if (!value.is_boolean()) {
      throw std::invalid_argument("expected true or false");
    }
    return value.get<bool>() ? "true" : "false";
  }
  if (value.is_string() && spec.kind != OptionKind::integer) {
    return value.get<std::string>();
  }
  if (value.is_number_integer() || (value.is_number() && spec.kind != OptionKind::integer)) {
    return value.is_number_integer() ? value.dump() : to_text(value.get<double>());
  }
  throw std::invalid_argument(spec.kind == OptionKind::integer ? "expected an integer"
                                                               : "expected text");
}

/// Throws Error(usage), with the key that was probably meant.
const Spec& spec_of_key(const std::string& key, const std::string& where) {
  std::string name = key;
  std::replace(name.begin(), name.end(), '_', '-');
  std::vector<std::string> names;
  for (const Spec& spec : animate_option_specs()) {
    if (spec.name == name) {
      return spec;
    }
    names.push_back(spec.name);
  }
  const std::string guess = nearest_word(name, names);
  throw Error(ExitCode::usage,
              where + ": unknown key '" + key.substr(0, 100) + "'" +
                  (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
}

}  // namespace

const std::vector<Spec>& animate_option_specs() {
  static const std::vector<Spec> kSpecs = [] {
    Table table;
    add_inputs(table);
    add_faces(table);
    add_motion(table);
    add_sampling(table);
    add_where(table);
    add_picture(table);
    add_run(table);
    return table.take();
  }();
  return kSpecs;
}

void apply_config(AnimateOptions& options,
                  const nlohmann::json& config,
                  const std::string& where,
                  const std::filesystem::path& base) {
  if (!config.is_object()) {
    throw Error(ExitCode::usage, where + ": expected a JSON object, found " + config.type_name());
  }
  for (const auto& [key, value] : config.items()) {
    const Spec& spec = spec_of_key(key, where);
    try {
      std::string text = config_text(spec, value);
      if (spec.kind == OptionKind::path && !text.empty() && text != spec.keyword) {
        text = (base / text).lexically_normal().string();
      }
      spec.set(options, text);
    } catch (const std::invalid_argument& error) {
      throw Error(ExitCode::usage,
                  where + ": '" + key + "': " + error.what() + ", found " + shown(value));
    }
  }
}

nlohmann::ordered_json to_config(const AnimateOptions& options) {
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  for (const Spec& spec : animate_option_specs()) {
    const std::optional<std::string> text = spec.get(options);
    if (!text) {
      continue;
    }
    if (spec.kind == OptionKind::flag) {
      config[spec.name] = *text == "true";
    } else if (spec.kind == OptionKind::integer) {
      config[spec.name] = std::stoll(*text);
    } else if (spec.kind == OptionKind::number) {
      config[spec.name] = std::stod(*text);
    } else if (spec.kind == OptionKind::path && *text != spec.keyword) {
      config[spec.name] = std::filesystem::absolute(*text).string();
    } else {
      config[spec.name] = *text;
    }
  }
  return config;
}

const char* engine_text(EngineKind engine) {
  switch (engine) {
    case EngineKind::torchscript:
      return "torchscript";
    case EngineKind::compiled:
      return "compiled";
    case EngineKind::automatic:
      break;
  }
  return "auto";
}

std::string default_output_name(const AnimateOptions& options) {
  std::filesystem::path drive = options.face.drive;
  if (is_numbered_name(drive) || !drive.has_filename()) {  // "shots/%04d.png", "shots/"
    drive = drive.has_parent_path() ? drive.parent_path() : std::filesystem::path("pictures");
  }
  const char* ending = has_picture_ending(drive) ? ".png" : ".mp4";
  return options.face.ref.stem().string() + "_" + drive.stem().string() + ending;
}

void validate(const AnimateOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ExitCode::usage, what); };
  if (options.face.ref.empty() || options.face.drive.empty()) {
    refuse(
        "animate needs --ref FILE (the portrait) and --drive FILE (the clip); see hyportrait "
        "animate --help");
  }
  check_ranges(animate_option_specs(), options);
  check_clip_range(options);
  if (options.window && options.overlap && *options.overlap >= *options.window) {
    refuse("--overlap must be smaller than --window");
  }
  if (options.crop_size.kind != CropSize::Kind::network && !options.crop_only) {
    refuse("--crop-size is the size of the square that --crop-only writes; pass both");
  }
}

}  // namespace hyportrait
