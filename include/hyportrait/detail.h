// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/plan.h>
#include <hyportrait/progress.h>
#include <hyportrait/run_report.h>
#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// The portrait's detail for a clip of any origin that shows the portrait's framing.
struct DetailOptions {
  std::filesystem::path ref;     ///< portrait
  std::filesystem::path clip;    ///< what a generator made of it; or a folder or %04d.png
  std::filesystem::path output;  ///< empty: <clip>_detail.mp4 in the current folder
  double sigma = 0.0;            ///< px of the clip, 0 to 16: how soft it is beside its size
  double strength = 1.0;         ///< 0 to 2
  Colour background{255, 255, 255};
  std::optional<double> start_seconds;     ///< 0 to 1000 hours
  std::optional<double> end_seconds;       ///< after start_seconds
  std::optional<std::int64_t> max_frames;  ///< 1 or more
  AudioKind audio = AudioKind::keep;
  std::optional<int> audio_track;    ///< of the clip, from 0; unset: the one that FFmpeg prefers
  std::filesystem::path frames_dir;  ///< empty: none
  std::string codec = "auto";  ///< as the output's ending says; else a name or FFmpeg's encoder
  std::optional<int> crf;      ///< 0 to 63
  std::string pixel_format = "yuv420p";
  bool overwrite = false;
};

/// A run with everything resolved: what --dry-run shows.
struct DetailPlan {
  std::filesystem::path ref;
  std::filesystem::path clip;
  std::filesystem::path output;  ///< absolute
  PixelSize portrait;            ///< of the portrait and of the result
  ClipFacts clip_facts;
  std::int64_t frames = 0;  ///< the container's word; 0 unknown
  double sigma = 0.0;
  double strength = 1.0;
  std::string codec;
};

struct DetailReport {
  DetailPlan plan;
  WrittenFacts written;
  DetailFacts detail;
  double seconds = 0.0;  ///< of the whole run
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const DetailPlan& plan);
HYPORTRAIT_API std::string to_json(const DetailReport& report);

#if HYPORTRAIT_HAS_MEDIA

/// Writes the clip at the portrait's size, with its detail; sound and frame times are the clip's.
/// Needs no bundle. Holds a few frames. Throws Error(input) where portrait and clip do not fit one
/// another, and as animate; then nothing stands under the output's name that was not there before.
/// May run beside any other call.
HYPORTRAIT_API DetailReport carry_detail(const DetailOptions& options, const RunHooks& hooks);

/// What it would do. Reads the portrait and the clip's header, writes nothing. Throws Error.
HYPORTRAIT_API DetailPlan plan_detail(const DetailOptions& options);

#endif

}  // namespace hyportrait
