// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/stage_timer.h"
#include "diffusion/denoise.h"
#include "media/video_writer.h"
#include "pipeline/plan.h"
#include "pipeline/plan_hash.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::pipeline {

/// What a run did, beside its plan.
struct RunRecord {
  std::int64_t frames = 0;
  std::optional<int> resumed_at_step;  ///< of an earlier run's state
  std::int64_t unet_calls = 0;         ///< of this run
  diffusion::Batch batch{};            ///< at the end of the denoise
  std::vector<std::string> reused;     ///< "portrait", "motion": an earlier job's
  std::vector<std::string> warnings;
  media::WriterReport written;
};

/// The sidecar of a finished output (docs/cli.md, "The sidecar").
nlohmann::ordered_json done_sidecar(const Plan& plan,
                                    const PlanHash& hash,
                                    const nn::Bundle& bundle,
                                    const RunRecord& record,
                                    const StageTimes& times);

/// A job of a batch that failed.
struct Failure {
  int exit_code = 0;
  std::string error;
  int attempts = 1;
};

/// The sidecar of a failed job. `previous`: the sidecar that stood there, if it was ours; an output
/// of it still stands under its name.
nlohmann::ordered_json failed_sidecar(const AnimateOptions& options,
                                      const std::optional<PlanHash>& hash,
                                      const Failure& failure,
                                      const std::optional<nlohmann::json>& previous);

/// Where the run's report goes.
std::filesystem::path sidecar_path(const std::filesystem::path& output);

/// The sidecar of an output: nothing when there is none or when it is not one of ours.
std::optional<nlohmann::json> read_sidecar(const std::filesystem::path& output);

}  // namespace hyportrait::pipeline
