// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// What came of a check: its figures, and which bounds they missed.
struct CheckReport {
  bool passed = true;
  std::vector<std::string> failures;  ///< one sentence each
  std::string report_json;            ///< the figures (docs/cli.md)
};

struct CompareOptions {
  std::filesystem::path a;         ///< a clip, a folder of PNGs or a picture
  std::filesystem::path b;         ///< likewise
  std::optional<double> min_psnr;  ///< dB: every frame's at least
  std::optional<double> min_ssim;  ///< every frame's at least
};

/// Compares two clips frame by frame: PSNR, SSIM, number of frames, time stamps. A different number
/// of frames is a failure too. Throws Error(comparison) for pictures of different sizes,
/// Error(input) for what cannot be read. Holds one frame of each.
HYPORTRAIT_API CheckReport compare(const CompareOptions& options);

}  // namespace hyportrait
