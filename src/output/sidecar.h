// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>
#include <hyportrait/plan.h>
#include <hyportrait/run_report.h>

#include "output/output_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait {

enum class RunStatus { done, failed };

/// The bytes of an output, as they were written.
struct OutputFacts {
  std::uint64_t bytes = 0;
  std::string sha256{};
};

/// What a sidecar of ours says, as far as another version wrote it as we do: what has another type
/// is missing.
struct SidecarFacts {
  RunStatus status = RunStatus::failed;
  std::optional<std::string> plan_hash;
  std::optional<PlanParts> plan_parts;
  std::string finished;
  std::optional<std::int64_t> frames;  ///< of a finished run, as the next four
  double seconds = 0.0;                ///< of all stages
  std::optional<std::int64_t> unet_calls;
  std::optional<std::int64_t> resumed_at_step;
  std::int64_t warnings = 0;
  std::string error;  ///< of a failure, as the next two
  std::optional<int> exit_code;
  std::optional<std::string> standing;  ///< the plan hash of an output of ours that still stands
  std::optional<OutputFacts> written;   ///< of the output, or of the one that still stands
  std::filesystem::path frames_dir;     ///< of a finished run; empty: none
};

/// What is wrong with the file in the place of an output's sidecar, for people; empty when it is
/// one of ours.
std::string why_no_sidecar(const std::filesystem::path& output);

/// The sidecar of an output: nothing when there is none or when it is not one of ours.
std::optional<SidecarFacts> read_sidecar(const std::filesystem::path& output);

/// What measuring a result needs of its run.
struct RunSettings {
  AnimateOptions options;
  SamplerFacts sampler;  ///< its counts of frames and steps
  std::optional<PlanParts> parts;
  std::optional<OutputFacts> written;
};

/// From the sidecar of a finished run; nothing when there is no file of that name. Throws
/// Error(input) for one that is broken, or of a failure.
std::optional<RunSettings> read_run_settings(const std::filesystem::path& output);

/// Throws Error(failed).
void write_sidecar(const OutputPaths& paths, const RunReport& report);

/// A job of a batch that failed.
struct FailedRun {
  AnimateOptions options;                ///< as requested
  std::optional<std::string> plan_hash;  ///< nothing when it could not be had, as the parts
  std::optional<PlanParts> plan_parts;
  std::string error;
  int exit_code = 0;
  int attempts = 1;
  /// The sidecar that stood there, if it was ours: an output of it still stands under its name.
  std::optional<SidecarFacts> previous;
};

/// The sidecar of a failed job. Throws Error(failed).
void write_sidecar(const OutputPaths& paths, const FailedRun& failed);

/// Now, in UTC: "2026-01-31T12:00:00Z".
std::string now_text();

}  // namespace hyportrait
