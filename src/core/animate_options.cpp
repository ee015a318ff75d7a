// SPDX-License-Identifier: Apache-2.0
#include "core/animate_options.h"

#include <hyportrait/error.h>

#include "core/json_strict.h"
#include "core/parse_text.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hyportrait {
namespace {

using Options = AnimateOptions;
using Setter = std::function<void(Options&, const std::string&)>;
using Getter = std::function<std::optional<std::string>(const Options&)>;

/// An empty path is an unset one.
OptionSpec path_option(std::string name,
                       std::string help,
                       std::string group,
                       std::filesystem::path Options::*member) {
  return {std::move(name),
          "FILE",
          std::move(help),
          std::move(group),
          OptionKind::path,
          [member](Options& o, const std::string& text) {
            if (text.empty() || text.find('\0') != std::string::npos) {
              throw std::invalid_argument("expected a path");
            }
            o.*member = text;
          },
          [member](const Options& o) -> std::optional<std::string> {
            return (o.*member).empty() ? std::nullopt : std::optional((o.*member).string());
          }};
}

template <class Integer>
OptionSpec integer_option(std::string name,
                          std::string help,
                          std::string group,
                          std::optional<Integer> Options::*member,
                          std::int64_t lowest,
                          std::int64_t highest) {
  return {std::move(name),
          "N",
          std::move(help),
          std::move(group),
          OptionKind::integer,
          [=](Options& o, const std::string& text) {
            o.*member = static_cast<Integer>(parse_integer(text, lowest, highest));
          },
          [member](const Options& o) -> std::optional<std::string> {
            return o.*member ? std::optional(std::to_string(*(o.*member))) : std::nullopt;
          }};
}

OptionSpec flag_option(std::string name,
                       std::string help,
                       std::string group,
                       bool Options::*member) {
  return {std::move(name),
          "",
          std::move(help),
          std::move(group),
          OptionKind::flag,
          [member](Options& o, const std::string& text) { o.*member = parse_switch(text); },
          [member](const Options& o) -> std::optional<std::string> {
            return o.*member ? "true" : "false";
          }};
}

/// A value with its own parse and to_text (core/parse_text.h).
template <class Value>
OptionSpec value_option(std::string name,
                        std::string value,
                        std::string help,
                        std::string group,
                        std::optional<Value> Options::*member,
                        Value (*parse)(const std::string&)) {
  return {std::move(name),
          std::move(value),
          std::move(help),
          std::move(group),
          OptionKind::text,
          [=](Options& o, const std::string& text) { o.*member = parse(text); },
          [member](const Options& o) -> std::optional<std::string> {
            return o.*member ? std::optional(to_text(*(o.*member))) : std::nullopt;
          }};
}

/// A word out of a few; `names[i]` is the enumerator i.
template <class Enum>
OptionSpec choice_option(std::string name,
                         std::string help,
                         std::string group,
                         Enum Options::*member,
                         const std::vector<std::string>& names) {
  std::string value;
  for (const std::string& word : names) {
    value += (value.empty() ? "" : "|") + word;
  }
  return {std::move(name),
          value,
          std::move(help),
          std::move(group),
          OptionKind::text,
          [member, names, value](Options& o, const std::string& text) {
            const auto found = std::find(names.begin(), names.end(), text);
            if (found == names.end()) {
              throw std::invalid_argument("expected " + value);
            }
            o.*member = static_cast<Enum>(found - names.begin());
          },
          [member, names](const Options& o) -> std::optional<std::string> {
            return names[static_cast<std::size_t>(o.*member)];
          }};
}

OptionSpec text_option(std::string name,
                       std::string value,
                       std::string help,
                       std::string group,
                       std::string Options::*member) {
  return {std::move(name),
          std::move(value),
          std::move(help),
          std::move(group),
          OptionKind::text,
          [member](Options& o, const std::string& text) {
            if (text.empty()) {
              throw std::invalid_argument("expected a name");
            }
            o.*member = text;
          },
          [member](const Options& o) -> std::optional<std::string> { return o.*member; }};
}

OptionSpec face_option(std::string name,
                       std::string help,
                       std::string group,
                       FaceSelector Options::*member) {
  return {std::move(name),
          "largest|INDEX|X,Y",
          std::move(help),
          std::move(group),
          OptionKind::text,
          [member](Options& o, const std::string& text) { o.*member = parse_face(text); },
          [member](const Options& o) -> std::optional<std::string> { return to_text(o.*member); }};
}

OptionSpec word_option(std::string name,
                       std::string help,
                       std::string group,
                       std::string Options::*member,
                       const std::vector<std::string>& words,
                       const std::string& prefix) {
  OptionSpec spec = text_option(std::move(name), "", std::move(help), std::move(group), member);
  for (const std::string& word : words) {
    spec.value += (spec.value.empty() ? "" : "|") + word;
  }
  spec.value += prefix.empty() ? "" : "|" + prefix + "N";
  spec.set = [member, words, prefix, value = spec.value](Options& o, const std::string& text) {
    const bool numbered = !prefix.empty() && text.starts_with(prefix);
    if (numbered) {
      parse_integer(text.substr(prefix.size()), 0, 127);
    } else if (std::find(words.begin(), words.end(), text) == words.end()) {
      throw std::invalid_argument("expected " + value);
    }
    o.*member = text;
  };
  return spec;
}

void add_inputs(std::vector<OptionSpec>& specs) {
  const std::string group = "Inputs and output";
  specs.push_back(
      path_option("ref", "Portrait: the look (JPEG, PNG, WebP, TIFF)", group, &Options::ref));
  specs.push_back(path_option(
      "drive", "Driving clip: the motion, the sound and the frame times", group, &Options::drive));
  specs.push_back(
      path_option("output",
                  "MP4, MOV, MKV or WebM to write [<ref>_<clip>.mp4 in the current folder]",
                  group,
                  &Options::output));
  specs.push_back(path_option("bundle",
                              "Model bundle [models/official if it is there, else models/demo]",
                              group,
                              &Options::bundle));
  specs.push_back(value_option<double>("start",
                                       "TIME",
                                       "Begin at this time of the clip",
                                       group,
                                       &Options::start_seconds,
                                       parse_time));
  specs.push_back(value_option<double>(
      "end", "TIME", "End before this time of the clip", group, &Options::end_seconds, parse_time));
  specs.push_back(integer_option(
      "max-frames", "Stop after so many frames", group, &Options::max_frames, 1, 10'000'000));
  specs.push_back({"fps",
                   "source|N",
                   "Frame rate of the result: the clip's own time stamps, or N [source]",
                   group,
                   OptionKind::text,
                   [](Options& o, const std::string& text) {
                     o.fps =
                         text == "source" ? std::nullopt : std::optional(parse_frame_rate(text));
                   },
                   [](const Options& o) -> std::optional<std::string> {
                     return o.fps ? to_text(*o.fps) : "source";
                   }});
  specs.push_back(
      choice_option("audio", "The clip's sound [keep]", group, &Options::audio, {"keep", "none"}));
  specs.push_back(
      {"background",
       "COLOUR",
       "What shows through a transparent portrait: a name or #RRGGBB [#FFFFFF]",
       group,
       OptionKind::text,
       [](Options& o, const std::string& text) { o.background = parse_colour(text); },
       [](const Options& o) -> std::optional<std::string> { return to_text(o.background); }});
}

void add_faces(std::vector<OptionSpec>& specs) {
  const std::string group = "Faces";
  specs.push_back(
      face_option("ref-face", "Which face of the portrait [largest]", group, &Options::ref_face));
  specs.push_back(face_option(
      "drive-face",
      "Which face of the clip's first frame with one; it is followed from there [largest]",
      group,
      &Options::drive_face));
  specs.push_back(
      value_option<PixelBox>("ref-box",
                             "X,Y,W,H",
                             "The face's place in the portrait, px (for faces the detector misses)",
                             group,
                             &Options::ref_box,
                             parse_box));
  specs.push_back(value_option<PixelBox>("drive-box",
                                         "X,Y,W,H",
                                         "The face's place in the clip's first frame, px",
                                         group,
                                         &Options::drive_box,
                                         parse_box));
  specs.push_back(choice_option("no-face",
                                "A frame without a face: hold the last motion, interpolate between "
                                "known frames, skip the frame and its sound, or stop [hold]",
                                group,
                                &Options::no_face,
                                {"hold", "interpolate", "skip", "error"}));
}

void add_sampling(std::vector<OptionSpec>& specs) {
  const std::string group = "Sampling (defaults are the bundle's)";
  specs.push_back(choice_option(
      "preset",
      "exact: the bundle's sampler; fast, draft: fewer steps, later ones unguided, less padding. "
      "Other flags win over it (docs/cli.md has what each sets) [exact]",
      group,
      &Options::preset,
      {"exact", "fast", "draft"}));
  specs.push_back(integer_option("steps", "Sampler steps", group, &Options::steps, 1, 1000));
  OptionSpec both = value_option<GuidanceScale>(
      "guidance",
      "A[:B]",
      "Both guidance scales; A:B goes from A at the first step to B at the last",
      group,
      &Options::motion_guidance,
      parse_guidance);
  both.set = [](Options& o, const std::string& text) {
    o.appearance_guidance = o.motion_guidance = parse_guidance(text);
  };
  both.get = [](const Options&) -> std::optional<std::string> {
    return std::nullopt;
  };  // the two below say it
  specs.push_back(std::move(both));
  specs.push_back(value_option<GuidanceScale>("appearance-guidance",
                                              "A[:B]",
                                              "Guidance scale of the look",
                                              group,
                                              &Options::appearance_guidance,
                                              parse_guidance));
  specs.push_back(value_option<GuidanceScale>("motion-guidance",
                                              "A[:B]",
                                              "Guidance scale of the motion",
                                              group,
                                              &Options::motion_guidance,
                                              parse_guidance));
  specs.push_back(
      {"guidance-until",
       "X",
       "Share of the steps that are guided, 0 to 1; the others take the scale 1 [1]",
       group,
       OptionKind::number,
       [](Options& o, const std::string& text) { o.guidance_until = parse_number(text, 0.0, 1.0); },
       [](const Options& o) -> std::optional<std::string> {
         return o.guidance_until ? std::optional(to_text(*o.guidance_until)) : std::nullopt;
       }});
  OptionSpec size = integer_option("size",
                                   "Side of the generated square, px, a multiple of 64",
                                   group,
                                   &Options::size,
                                   64,
                                   4096);
  size.set = [](Options& o, const std::string& text) {
    const std::int64_t value = parse_integer(text, 64, 4096);
    if (value % 64 != 0) {
      throw std::invalid_argument("expected a multiple of 64");
    }
    o.size = static_cast<int>(value);
  };
  specs.push_back(std::move(size));
  specs.push_back(
      {"seed",
       "N",
       "Seed of the initial noise; the same on every device [72580]",
       group,
       OptionKind::integer,
       [](Options& o, const std::string& text) {
         o.seed = static_cast<std::uint64_t>(parse_integer(text, 0, INT64_MAX));
       },
       [](const Options& o) -> std::optional<std::string> { return std::to_string(o.seed); }});
  specs.push_back(
      path_option("noise",
                  "Initial noise from a .safetensors file, `noise` [P,4,h,w] of unit variance",
                  group,
                  &Options::noise));
  specs.push_back(
      integer_option("window", "Frames denoised together", group, &Options::window, 1, 1024));
  specs.push_back(integer_option(
      "overlap", "Frames that neighbouring windows share", group, &Options::overlap, 0, 1023));
  specs.push_back(integer_option(
      "shift", "Frames the windows move back each step", group, &Options::shift, 0, 1023));
  specs.push_back(integer_option("padding",
                                 "Frames faded in before and out after the clip",
                                 group,
                                 &Options::padding,
                                 0,
                                 1024));
  specs.push_back(integer_option(
      "decode-chunk", "Frames the VAE decodes together", group, &Options::decode_chunk, 1, 1024));
}

void add_device(std::vector<OptionSpec>& specs) {
  const std::string group = "Device";
  specs.push_back(word_option(
      "device",
      "Where the networks run: auto is the first CUDA GPU that works, else the CPU [auto]",
      group,
      &Options::device,
      {"auto", "cpu", "cuda"},
      "cuda:"));
  specs.push_back(
      word_option("dtype",
                  "Precision of the networks: auto is fp16 on CUDA, fp32 on the CPU [auto]",
                  group,
                  &Options::dtype,
                  {"auto", "fp32", "fp16", "bf16"},
                  ""));
  specs.push_back(
      choice_option("engine",
                    "What runs the U-Net: the bundle's code, or what scripts/export/compile.py has "
                    "made of it for this machine [torchscript]",
                    group,
                    &Options::engine,
                    {engine_text(EngineKind::torchscript), engine_text(EngineKind::compiled)}));
  specs.push_back(value_option<MemorySize>(
      "memory-budget",
      "SIZE",
      "Memory of the device that the run may take, such as 8G; chooses how many windows go through "
      "the network together [what the device has free]",
      group,
      &Options::memory_budget,
      parse_memory_size));
}

void add_picture(std::vector<OptionSpec>& specs) {
  const std::string group = "Result";
  specs.push_back(flag_option("crop-only",
                              "Write the generated square instead of the full portrait",
                              group,
                              &Options::crop_only));
  specs.push_back(
      choice_option("blend",
                    "How the face is pasted back: a soft edge, or the original's linear one [soft]",
                    group,
                    &Options::blend,
                    {"soft", "original"}));
  specs.push_back({"colour-match",
                   "on|off",
                   "Match the pasted face to the portrait's colours at the border [on]",
                   group,
                   OptionKind::text,
                   [](Options& o, const std::string& text) { o.colour_match = parse_switch(text); },
                   [](const Options& o) -> std::optional<std::string> {
                     return o.colour_match ? "on" : "off";
                   }});
  specs.push_back(flag_option("side-by-side",
                              "Show portrait, driving frame and result in one picture",
                              group,
                              &Options::side_by_side));
  OptionSpec frames = path_option("frames-dir",
                                  "Also write each frame as DIR/000000.png, before encoding",
                                  group,
                                  &Options::frames_dir);
  frames.value = "DIR";
  specs.push_back(std::move(frames));
  specs.push_back(
      text_option("codec",
                  "NAME",
                  "h264, hevc, av1, prores, vp9, nvenc, or an encoder of this FFmpeg [h264]",
                  group,
                  &Options::codec));
  specs.push_back(integer_option("crf",
                                 "Quality of the encoder: lower is better and larger [17 for h264]",
                                 group,
                                 &Options::crf,
                                 0,
                                 63));
  specs.push_back(text_option(
      "pixel-format", "NAME", "Pixel format of the file [yuv420p]", group, &Options::pixel_format));
  specs.push_back(
      choice_option("compat",
                    "original: do as the original program where a default differs (docs/cli.md)",
                    group,
                    &Options::compat,
                    {"none", "original"}));
  specs.push_back(
      flag_option("overwrite", "Replace an existing output", group, &Options::overwrite));
}

void add_run(std::vector<OptionSpec>& specs) {
  specs.push_back({"save-interval",
                   "SECONDS",
                   "Time between saves of the run's state, from which the same command goes on; 0 "
                   "saves after each U-Net call [30]",
                   "Run",
                   OptionKind::number,
                   [](Options& o, const std::string& text) {
                     o.save_interval_seconds = parse_number(text, 0.0, 1e6);
                   },
                   [](const Options& o) -> std::optional<std::string> {
                     return to_text(o.save_interval_seconds);
                   }});
}

/// The text a JSON value stands for, checked against the option's kind.
std::string config_text(const OptionSpec& spec, const nlohmann::json& value) {
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

}  // namespace

const std::vector<OptionSpec>& animate_option_specs() {
  static const std::vector<OptionSpec> kSpecs = [] {
    std::vector<OptionSpec> specs;
    add_inputs(specs);
    add_faces(specs);
    add_sampling(specs);
    add_device(specs);
    add_picture(specs);
    add_run(specs);
    return specs;
  }();
  return kSpecs;
}

void set_option(AnimateOptions& options, const OptionSpec& spec, const std::string& text) {
  try {
    spec.set(options, text);
  } catch (const std::invalid_argument& error) {
    throw Error(ExitCode::usage, "--" + spec.name + " " + text + ": " + error.what());
  }
}

void apply_config(AnimateOptions& options,
                  const nlohmann::json& config,
                  const std::string& where,
                  const std::filesystem::path& base) {
  if (!config.is_object()) {
    throw Error(ExitCode::usage, where + ": expected a JSON object, found " + config.type_name());
  }
  std::vector<std::string> names;
  for (const OptionSpec& spec : animate_option_specs()) {
    names.push_back(spec.name);
  }
  for (const auto& [key, value] : config.items()) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', '-');
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const std::string guess = nearest_word(name, names);
      throw Error(ExitCode::usage,
                  where + ": unknown key '" + key.substr(0, 100) + "'" +
                      (guess.empty() ? "" : "; did you mean '" + guess + "'?"));
    }
    const OptionSpec& spec =
        animate_option_specs()[static_cast<std::size_t>(found - names.begin())];
    try {
      std::string text = config_text(spec, value);
      if (spec.kind == OptionKind::path && !text.empty()) {
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
  for (const OptionSpec& spec : animate_option_specs()) {
    const std::optional<std::string> text = spec.get(options);
    if (!text) {
      continue;
    }
    if (spec.kind == OptionKind::flag) {
      config[spec.name] = *text == "true";
    } else if (spec.kind == OptionKind::integer) {
      config[spec.name] = std::stoll(*text);
    } else if (spec.kind == OptionKind::path) {
      config[spec.name] = std::filesystem::absolute(*text).string();
    } else {
      config[spec.name] = *text;
    }
  }
  return config;
}

const char* engine_text(EngineKind engine) {
  return engine == EngineKind::compiled ? "compiled" : "torchscript";
}

std::string default_output_name(const AnimateOptions& options) {
  return options.ref.stem().string() + "_" + options.drive.stem().string() + ".mp4";
}

void validate(const AnimateOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ExitCode::usage, what); };
  if (options.ref.empty() || options.drive.empty()) {
    refuse(
        "animate needs --ref FILE (the portrait) and --drive FILE (the clip); see hyportrait "
        "animate --help");
  }
  if (options.start_seconds && options.end_seconds &&
      *options.end_seconds <= *options.start_seconds) {
    refuse("--end must come after --start");
  }
  if (options.window && options.overlap && *options.overlap >= *options.window) {
    refuse("--overlap must be smaller than --window");
  }
}

}  // namespace hyportrait
