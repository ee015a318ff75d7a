// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

struct MetricsOptions {
  std::filesystem::path ref;     ///< portrait
  std::filesystem::path drive;   ///< driving clip
  std::filesystem::path result;  ///< what animate made of them; its sidecar is read if it is there
  std::filesystem::path bundle;  ///< whose networks judge; empty: models/official, models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::filesystem::path output;  ///< JSON file for the figures; empty: none
  std::filesystem::path plot;    ///< SVG file for the series; empty: none
  bool overwrite = false;        ///< replace existing ones

  // Bounds; unset ones always hold.
  std::optional<double> min_identity;         ///< mean cosine, -1 to 1
  std::optional<double> max_expression;       ///< distance, 0 or more
  std::optional<double> max_pose;             ///< degrees, 0 to 360
  std::optional<double> max_flicker;          ///< the face's, as a share of the driver's
  std::optional<double> max_seam;             ///< the larger of the two
  std::optional<double> min_background_psnr;  ///< dB, 0 to 100
  std::optional<double> min_psnr;             ///< dB, 0 to 100, against the driver
  std::optional<double> min_ssim;             ///< -1 to 1, against the driver
};

/// Figures of one frame of a result; nothing where one cannot be had.
struct MetricsFrame {
  double seconds = 0.0;                  ///< in the result
  std::optional<double> driver_seconds;  ///< in the driver; nothing without the result's sidecar
  std::optional<double> identity;        ///< cosine, -1 to 1
  std::optional<double> expression;      ///< distance from the driver's; 1 as bad as no motion
  std::optional<std::array<double, 3>> pose;         ///< of the result's head, degrees
  std::optional<std::array<double, 3>> driver_pose;  ///< in the same order
  std::optional<double> flicker;         ///< of the face, levels; about the frame before and after
  std::optional<double> flicker_driver;  ///< of the driver's face
  std::optional<double> driver_psnr;     ///< dB
};

/// Figures of a result; nothing where one cannot be had (docs/cli.md says what each means).
struct Metrics {
  std::filesystem::path result;
  std::int64_t frames = 0;
  std::int64_t frames_with_faces = 0;
  std::optional<double> identity_mean;  ///< cosine, -1 to 1
  std::optional<double> identity_worst;
  std::optional<double> expression_distance;  ///< 0 the driver's motion, 1 none
  std::optional<double> expression_correlation;
  std::optional<double> pose_degrees;
  std::optional<double> pose_correlation;
  std::optional<double> flicker_face;  ///< levels, as the next
  std::optional<double> flicker_driver_face;
  std::optional<double> flicker_face_ratio;
  std::optional<double> flicker_background;  ///< levels
  std::optional<double> seam_windows;        ///< 1 none, as the next
  std::optional<double> seam_chunks;
  std::optional<double> background_psnr;  ///< dB, as the next
  std::optional<double> driver_psnr;
  std::optional<double> driver_ssim;
  std::vector<MetricsFrame> per_frame;
  std::vector<std::string> rotation_order;   ///< names of the poses' angles; empty: unknown
  std::vector<std::int64_t> window_borders;  ///< frames; empty without a sidecar, as the next
  std::vector<std::int64_t> chunk_borders;
  std::vector<std::string> failures;  ///< bounds that are missed, one sentence each
  std::vector<std::string> notes;     ///< inputs that are not those of the result's sidecar

  [[nodiscard]] bool passed() const { return failures.empty(); }
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const Metrics& metrics);

#if HYPORTRAIT_HAS_MEDIA

/// Measures a result against its portrait and driver. Holds a few frames of each clip. Throws
/// Error; a missed bound is no exception but in the result. One run at a time (hyportrait/api.h).
HYPORTRAIT_API Metrics measure(const MetricsOptions& options, const RunHooks& hooks);

#endif

}  // namespace hyportrait
