// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/compare.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait {

struct MetricsOptions {
  std::filesystem::path ref;     ///< portrait
  std::filesystem::path drive;   ///< driving clip
  std::filesystem::path result;  ///< what animate made of them; its sidecar is read if it is there
  std::filesystem::path bundle;  ///< whose networks judge; empty: models/official, models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N

  // Bounds; unset ones always hold.
  std::optional<double> min_identity;         ///< mean cosine
  std::optional<double> max_expression;       ///< distance
  std::optional<double> max_pose;             ///< degrees
  std::optional<double> max_flicker;          ///< the face's, as a share of the driver's
  std::optional<double> max_seam;             ///< the larger of the two
  std::optional<double> min_background_psnr;  ///< dB
  std::optional<double> min_psnr;             ///< dB, against the driver
  std::optional<double> min_ssim;             ///< against the driver
};

/// Measures a result against its portrait and driver (docs/cli.md). Holds a few frames of each
/// clip. Throws Error; a missed bound is no exception but in the report.
HYPORTRAIT_API CheckReport metrics_of(const MetricsOptions& options, const RunHooks& hooks);

}  // namespace hyportrait
