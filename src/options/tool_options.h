// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>
#include <hyportrait/bench.h>
#include <hyportrait/compare.h>
#include <hyportrait/detail.h>
#include <hyportrait/doctor.h>
#include <hyportrait/inspect.h>
#include <hyportrait/metrics.h>
#include <hyportrait/motion.h>
#include <hyportrait/review.h>

#include "options/option_table.h"

#include <string>
#include <vector>

namespace hyportrait {

// The options of the commands beside animate (see Note [One table of options]).
const std::vector<OptionSpec<BatchOptions>>& batch_option_specs();
const std::vector<OptionSpec<BenchOptions>>& bench_option_specs();
const std::vector<OptionSpec<CompareOptions>>& compare_option_specs();
const std::vector<OptionSpec<DetailOptions>>& detail_option_specs();
const std::vector<OptionSpec<DoctorOptions>>& doctor_option_specs();
const std::vector<OptionSpec<ExtractOptions>>& extract_option_specs();
const std::vector<OptionSpec<InspectOptions>>& inspect_option_specs();
const std::vector<OptionSpec<MetricsOptions>>& metrics_option_specs();
const std::vector<OptionSpec<ReviewOptions>>& review_option_specs();

// Values out of range, inputs that are missing, options that contradict each other. All throw
// Error(usage) naming the option.
void validate(const BatchOptions& options);
void validate(const BenchOptions& options);
void validate(const CompareOptions& options);
void validate(const DetailOptions& options);
void validate(const DoctorOptions& options);
void validate(const ExtractOptions& options);
void validate(const InspectOptions& options);
void validate(const MetricsOptions& options);
void validate(const ReviewOptions& options);

// Options that several commands have.

inline constexpr int kMaxSteps = 1000;
inline constexpr const char* kFaceValue = "largest|INDEX|X,Y";

template <class Options>
void add_bundle(OptionTable<Options>& table, std::string help) {
  table
      .path({"bundle", std::move(help), "models/official if it is there, else models/demo"},
            &Options::bundle)
      .value = "DIR";
}

template <class Options>
void add_device(OptionTable<Options>& table, std::string help) {
  table.word({"device", std::move(help)}, {"auto", "cpu", "cuda"}, "cuda:", &Options::device);
}

template <class Options>
void add_precision_and_engine(OptionTable<Options>& table) {
  table.word({"dtype", "Precision of the networks: auto is fp16 on CUDA, fp32 on the CPU"},
             {"auto", "fp32", "fp16", "bf16"},
             "",
             &Options::dtype);
  table.choice(
      {"engine",
       "What runs the U-Net: the bundle's code (torchscript), or what hyportrait-export compile "
       "has "
       "made of it for this machine (compiled); auto is compiled on a GPU where that was done"},
      {"auto", "torchscript", "compiled"},
      &Options::engine);
}

template <class Options>
void add_memory_budget(OptionTable<Options>& table, std::string help) {
  table.parsed({"memory-budget", std::move(help), "what the device has free"},
               "SIZE",
               parse_memory_size,
               &Options::memory_budget);
}

template <class Options>
void add_size(OptionTable<Options>& table, OptionText text) {
  table.parsed(
      std::move(text),
      "N",
      [](const std::string& given) {
        const std::int64_t value = parse_integer(given, 64, 4096);
        if (value % 64 != 0) {
          throw std::invalid_argument("expected a multiple of 64");
        }
        return value;
      },
      &Options::size,
      OptionKind::integer);
}

/// --start, --end and --max-frames.
template <class Options>
void add_clip_range(OptionTable<Options>& table) {
  table.parsed(
      {"start", "Begin at this time of the clip"}, "TIME", parse_time, &Options::start_seconds);
  table.parsed(
      {"end", "End before this time of the clip"}, "TIME", parse_time, &Options::end_seconds);
  table.integer({"max-frames", "Stop after so many frames"}, 1, 10'000'000, &Options::max_frames);
}

/// Throws Error(usage) for a range that ends before it begins.
template <class Options>
void check_clip_range(const Options& options) {
  if (options.start_seconds && options.end_seconds &&
      *options.end_seconds <= *options.start_seconds) {
    throw Error(ExitCode::usage, "--end must come after --start");
  }
}

/// --fps.
template <class Options>
void add_frame_rate(OptionTable<Options>& table) {
  auto& fps = table.parsed({"fps", "Frame rate of the result: the clip's own time stamps, or N"},
                           "source|N",
                           parse_frame_rate,
                           &Options::fps);
  fps.set = [](Options& options, const std::string& text) {
    options.fps = text == "source" ? std::nullopt : std::optional(parse_frame_rate(text));
  };
  fps.get = [](const Options& options) -> std::optional<std::string> {
    return options.fps ? to_text(*options.fps) : "source";
  };
}

/// --drive-face, --drive-box, --no-face and --drive-crop, of these fields.
template <class Options, class Face, class Box, class NoFace, class Crop>
void add_driver(OptionTable<Options>& table, Face face, Box box, NoFace no_face, Crop crop) {
  table.parsed(
      {"drive-face", "Which face of the clip's first frame with one; it is followed from there"},
      kFaceValue,
      parse_face,
      face);
  table.parsed(
      {"drive-box", "The face's place in the clip's first frame, px"}, "X,Y,W,H", parse_box, box);
  table.choice({"no-face",
                "A frame without a face: hold the last motion, interpolate between known frames, "
                "skip the frame and its sound, or stop"},
               {"hold", "interpolate", "skip", "error"},
               no_face);
  table.choice({"drive-crop",
                "Where the driving head is looked at: a square fixed around the first face, or one "
                "that follows a head which walks through the picture"},
               {"fixed", "follow"},
               crop);
}

/// --audio, --no-audio and --audio-track.
template <class Options>
void add_audio(OptionTable<Options>& table) {
  table.choice({"audio", "The clip's sound"}, {"keep", "none"}, &Options::audio);
  table.shorthand({"no-audio", "As --audio none"},
                  [](Options& options) { options.audio = AudioKind::none; });
  table.integer({"audio-track", "Which of several sound tracks, from 0", "FFmpeg's choice"},
                0,
                999,
                &Options::audio_track);
}

template <class Options>
void add_background(OptionTable<Options>& table) {
  table.parsed({"background", "What shows through a transparent portrait: a name or #RRGGBB"},
               "COLOUR",
               parse_colour,
               &Options::background);
}

/// --frames-dir, --codec, --crf and --pixel-format.
template <class Options>
void add_encoding(OptionTable<Options>& table) {
  table
      .path({"frames-dir", "Also write each frame as DIR/000000.png, before encoding"},
            &Options::frames_dir)
      .value = "DIR";
  table.name({"codec",
              "auto is VP9 for .webm, the animation for .gif and .webp, else H.264; h264, hevc, "
              "av1, prores, vp9, "
              "nvenc, or an encoder of this FFmpeg"},
             &Options::codec);
  table.integer({"crf", "Quality of the encoder: lower is better and larger", "17 for h264"},
                0,
                63,
                &Options::crf);
  table.name({"pixel-format", "Pixel format of the file"}, &Options::pixel_format);
}

}  // namespace hyportrait
