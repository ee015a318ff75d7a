// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/metrics.h>

#include "base/frame.h"
#include "face/detect.h"
#include "metrics/driver_walk.h"
#include "metrics/judge.h"
#include "metrics/steadiness.h"
#include "nn/manifest.h"
#include "output/sidecar.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hyportrait::metrics {

/// A mean over frames.
struct Mean {
  double sum = 0.0;
  std::int64_t count = 0;

  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

/// What is gathered on the way through result and driver.
struct Walked {
  std::int64_t frames = 0;
  Mean background_error;  ///< squared levels, against the portrait outside the head's square
  Mean driver_psnr;
  Mean driver_ssim;
  Flicker result_face;
  Flicker driver_face;
  Flicker background;
  Steps steps;
  std::vector<MetricsFrame> per_frame;
};

/// Walks through a result beside its driver.
class Measurement final {
 public:
  /// Reads the result's sidecar. Throws Error(input) for one that shows three pictures side by
  /// side.
  Measurement(const MetricsOptions& options,
              const nn::BundleConfig& config,
              const face::DetectFaces& detect,
              Judge& judge,
              ReadWeights weights);

  /// Once. Throws Error.
  Walked run(const Frame& portrait, const RunHooks& hooks);

  [[nodiscard]] const std::optional<RunSettings>& settings() const { return run_; }

 private:
  const MetricsOptions& options_;
  std::optional<RunSettings> run_;
  const nn::BundleConfig& config_;
  const face::DetectFaces& detect_;
  Judge& judge_;
  ReadWeights weights_;
};

}  // namespace hyportrait::metrics
