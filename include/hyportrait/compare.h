// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

struct CompareOptions {
  std::filesystem::path a;         ///< a clip, a folder of PNGs or a picture
  std::filesystem::path b;         ///< likewise
  std::filesystem::path sheet;     ///< contact sheet (PNG); empty: none
  bool overwrite = false;          ///< replace an existing one
  std::optional<double> min_psnr;  ///< dB, 0 to 100: every frame's at least
  std::optional<double> min_ssim;  ///< -1 to 1: every frame's at least
};

/// Mean and lowest of one figure over the frames.
struct FrameFigure {
  double mean = 0.0;
  double worst = 0.0;
  std::int64_t worst_frame = 0;
};

/// The largest difference of the time stamps of two frames of one number.
struct TimeDifference {
  double seconds = 0.0;
  std::int64_t frame = 0;
};

struct Comparison {
  struct Side {
    std::filesystem::path path;
    std::int64_t frames = 0;
  };
  Side a;
  Side b;
  PixelSize size;
  std::int64_t compared_frames = 0;
  FrameFigure psnr;  ///< dB
  FrameFigure ssim;
  std::optional<TimeDifference> times;  ///< nothing where one side has no time stamps
  std::vector<std::string> failures;    ///< bounds that are missed, one sentence each

  [[nodiscard]] bool passed() const { return failures.empty(); }
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const Comparison& comparison);

#if HYPORTRAIT_HAS_MEDIA

/// Compares two clips frame by frame: PSNR, SSIM, number of frames, time stamps. A different number
/// of frames is a failure too. Throws Error(comparison) for pictures of different sizes,
/// Error(input) for what cannot be read, Error(usage) for a bound out of range. Holds one frame of
/// each. May run beside any other call.
HYPORTRAIT_API Comparison compare(const CompareOptions& options);

#endif

}  // namespace hyportrait
