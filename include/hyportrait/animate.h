// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

enum class NoFacePolicy { hold, interpolate, skip, error };
enum class BlendKind { soft, original };
enum class AudioKind { keep, none };
enum class CompatKind { none, original };
enum class PresetKind { exact, fast, draft };  ///< fast and draft change the picture (docs/cli.md)

/// A guidance scale over the sampler's steps: a straight line from the first step to the last.
struct GuidanceScale {
  double first = 0.0;
  double last = 0.0;
};

/// A rectangle in upright pixels.
struct PixelBox {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

/// Which of several faces. Exactly one of the three says it; none set means the largest.
struct FaceSelector {
  std::optional<int> index;       ///< from 0, left to right
  std::optional<double> point_x;  ///< with point_y: the face nearest to this point, upright px
  std::optional<double> point_y;
};

/// An sRGB colour.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

/// A frame rate as a fraction.
struct FrameRate {
  int numerator = 0;
  int denominator = 1;
};

/// An amount of memory.
struct MemorySize {
  std::uint64_t bytes = 0;
};

/// What runs the U-Net: the bundle's TorchScript, or what scripts/export/compile.py made of it.
enum class EngineKind { torchscript, compiled };

/// What the caller wishes; unset members take the bundle's or the clip's value (`docs/cli.md`
/// explains each flag). `core/animate_options` has the one table of names, ranges and help.
struct AnimateOptions {
  std::filesystem::path ref;     ///< portrait
  std::filesystem::path drive;   ///< driving clip
  std::filesystem::path output;  ///< empty: <ref>_<clip>.mp4 in the current folder
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::string dtype = "auto";    ///< auto, fp32, fp16, bf16
  EngineKind engine = EngineKind::torchscript;
  PresetKind preset = PresetKind::exact;
  std::optional<int> steps;
  std::optional<GuidanceScale> appearance_guidance;
  std::optional<GuidanceScale> motion_guidance;
  std::optional<double> guidance_until;  ///< share of the steps that are guided, 0 to 1
  std::optional<int> size;               ///< px, multiple of 64
  std::uint64_t seed = 72580;            ///< the original's (config/hunyuan-portrait.yaml)
  std::filesystem::path noise;           ///< .safetensors with `noise` [P,4,h,w]
  std::optional<int> window;
  std::optional<int> overlap;
  std::optional<int> shift;
  std::optional<int> padding;
  std::optional<int> decode_chunk;
  std::optional<MemorySize> memory_budget;  ///< on the device; unset: what it has free
  std::optional<double> start_seconds;
  std::optional<double> end_seconds;
  std::optional<std::int64_t> max_frames;
  std::optional<FrameRate> fps;  ///< unset: the clip's own time stamps
  AudioKind audio = AudioKind::keep;
  FaceSelector ref_face;
  FaceSelector drive_face;
  std::optional<PixelBox> ref_box;
  std::optional<PixelBox> drive_box;
  NoFacePolicy no_face = NoFacePolicy::hold;
  bool crop_only = false;
  BlendKind blend = BlendKind::soft;
  bool colour_match = true;
  bool side_by_side = false;
  Colour background{255, 255, 255};
  std::filesystem::path frames_dir;  ///< empty: none
  std::string codec = "h264";
  std::optional<int> crf;
  std::string pixel_format = "yuv420p";
  CompatKind compat = CompatKind::none;
  bool overwrite = false;
  double save_interval_seconds = 30.0;  ///< between saves of the state; 0: after each U-Net call
};

/// What came of a run.
struct AnimateResult {
  std::filesystem::path output;
  std::filesystem::path sidecar;
  std::int64_t frames = 0;
  std::vector<std::string> warnings;
  std::string report_json;  ///< the sidecar's text
};

/// Animates the portrait and writes the clip, its sidecar and, if asked, its frames. Throws Error;
/// then nothing stands under the output's name that was not there before. A run that was cut off
/// leaves its state beside the output, from which the same call goes on (docs/cli.md, Resuming).
HYPORTRAIT_API AnimateResult animate(const AnimateOptions& options, const RunHooks& hooks);

/// The plan of a run as JSON text: every wish resolved, frames, windows, U-Net calls, memory, and
/// the time where a past run of the same bundle and device gives one. Reads the inputs, runs no
/// network but the detector's file checks.
HYPORTRAIT_API std::string plan_json(const AnimateOptions& options);

}  // namespace hyportrait
