// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>
#include <hyportrait/plan.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait {

/// What went into the output's file.
struct WrittenFacts {
  std::int64_t frames = 0;
  std::int64_t audio_packets = 0;
  bool audio_reencoded = false;
  std::string encoder;             ///< "libx264"
  std::string pixel_format;        ///< "yuv420p"
  std::vector<std::string> notes;  ///< a cropped row, re-encoded sound
  std::uint64_t bytes = 0;         ///< of the file
  std::string sha256;              ///< of its content
};

/// The portrait's detail in the result.
struct DetailFacts {
  bool on = false;
  double mean_weight = 0.0;  ///< how much of the square got it, 0 to 1
  double seconds = 0.0;
};

/// A frame of the result and the driver's time of it, s as the clip's own time stamps. Frames
/// between two of these lie on the line between them, within a millisecond.
struct DriverTime {
  std::int64_t frame = 0;
  double seconds = 0.0;
};

/// What a finished run did: its sidecar (docs/cli.md, "The sidecar").
struct RunReport {
  std::string plan_hash;
  PlanParts plan_parts;
  std::string version;   ///< the program's
  std::string finished;  ///< UTC, 2026-01-31T12:00:00Z
  RunPlan plan;
  WorkEstimate work;
  std::optional<int> resumed_at_step;  ///< of an earlier run's state
  std::int64_t unet_calls = 0;         ///< of this run
  BatchShape batch;                    ///< at the end of the denoise
  std::vector<std::string> reused;     ///< "portrait", "motion": an earlier job's
  DetailFacts detail;
  WrittenFacts written;
  std::vector<DriverTime> driver_times;  ///< from the first frame to the last
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, double>> seconds;  ///< by stage, in their order
  std::uint64_t peak_host_bytes = 0;
  std::uint64_t peak_device_bytes = 0;  ///< 0 on the CPU

  [[nodiscard]] const std::filesystem::path& output() const { return plan.output; }
};

/// The sidecar's text.
HYPORTRAIT_API std::string to_json(const RunReport& report);

}  // namespace hyportrait
