// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait {

/// What belongs to one face: the portrait that is animated, and who moves it.
struct FaceOptions {
  std::filesystem::path ref;  ///< portrait
  /// Driving clip; or a folder or %04d.png of pictures, a picture, a motion file.
  std::filesystem::path drive;
  FaceSelector ref_face;
  FaceSelector drive_face;
  std::optional<PixelBox> ref_box;    ///< at least half of it inside the portrait
  std::optional<PixelBox> drive_box;  ///< at least half of it inside the clip's frames
  NoFacePolicy no_face = NoFacePolicy::hold;
  DriveCrop drive_crop = DriveCrop::fixed;
};

/// What becomes of the driver's motion before it moves the portrait (docs/motion.md).
struct MotionOptions {
  /// A clip, a picture or a motion file whose head pose is taken; "ref": the portrait's own. Empty:
  /// the driver's.
  std::filesystem::path pose_drive;
  double expression_strength = 1.0;       ///< 0 to 3, about the neutral
  double pose_strength = 1.0;             ///< 0 to 3
  std::optional<double> neutral_seconds;  ///< unset: the clip's median; its first face if relative
  bool relative = false;  ///< the change since the neutral, added to the portrait's own
  std::optional<PoseOffset> pose_offset;
  double smooth_seconds = 0.0;  ///< full width at half maximum, 0 to 10
};

/// What the caller requests; unset members take the bundle's or the clip's value (`docs/cli.md`
/// explains each option by the name of its flag). Ranges are checked by every function that takes
/// them.
struct AnimateOptions {
  FaceOptions face;
  MotionOptions motion;
  std::filesystem::path output;  ///< empty: <ref>_<clip>.mp4 in the current folder
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::string dtype = "auto";    ///< auto, fp32, fp16, bf16
  EngineKind engine = EngineKind::automatic;
  PresetKind preset = PresetKind::exact;
  std::optional<int> steps;                          ///< 1 to 1000
  std::optional<GuidanceScale> appearance_guidance;  ///< 0 to 100
  std::optional<GuidanceScale> motion_guidance;      ///< 0 to 100
  std::optional<double> guidance_until;              ///< share of the steps that are guided, 0 to 1
  std::optional<int> size;                           ///< px, multiple of 64, 64 to 4096
  std::uint64_t seed = 72580;               ///< the original's (config/hunyuan-portrait.yaml)
  std::filesystem::path noise;              ///< .safetensors with `noise` [P,4,h,w]
  std::optional<int> window;                ///< frames, 1 to 1024
  std::optional<int> overlap;               ///< frames, less than the window
  std::optional<int> shift;                 ///< frames, 0 to 1023
  std::optional<int> padding;               ///< frames, 0 to 1024
  std::optional<int> decode_chunk;          ///< frames, 1 to 1024
  std::optional<MemorySize> memory_budget;  ///< on the device; unset: what it has free
  std::optional<double> start_seconds;      ///< 0 to 1000 hours
  std::optional<double> end_seconds;        ///< after start_seconds
  std::optional<std::int64_t> max_frames;   ///< 1 or more
  std::optional<Rational> fps;  ///< 1 to 240 a second; unset: the clip's own time stamps
  AudioKind audio = AudioKind::keep;
  std::optional<int> audio_track;  ///< of the clip, from 0; unset: the one that FFmpeg prefers
  bool crop_only = false;
  CropSize crop_size;  ///< with crop_only
  DetailKind detail = DetailKind::automatic;
  double detail_strength = 1.0;  ///< 0 to 2
  BlendKind blend = BlendKind::soft;
  bool colour_match = true;
  bool side_by_side = false;
  Colour background{255, 255, 255};
  std::filesystem::path sheet;       ///< contact sheet (PNG); empty: none
  std::filesystem::path frames_dir;  ///< empty: none
  std::string codec = "auto";  ///< as the output's ending says; else a name or FFmpeg's encoder
  std::optional<int> crf;      ///< 0 to 63
  std::string pixel_format = "yuv420p";
  CompatKind compat = CompatKind::none;
  bool overwrite = false;
  double save_interval_seconds = 30.0;  ///< between saves of the state; 0: after each U-Net call
};

}  // namespace hyportrait
