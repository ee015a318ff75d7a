// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diffusion/denoise.h"
#include "diffusion/noise.h"
#include "nn/device.h"
#include "output/output_file.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait::pipeline {

/// What a saved state must agree with: another device or precision rounds differently. So does
/// another batch, which is part of the state: a run goes on with the one it had.
struct StateKey {
  std::string plan_hash;
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  diffusion::LatentShape shape{};  ///< of the latents
  diffusion::DenoiseOptions options;
};

/// The state of a job's denoise on disk, from which the same job goes on after it was cut off: a
/// .safetensors file with the latents, the sum of the windows done, and the key in its metadata.
/// OutputFile removes it when the output stands. Not thread-safe.
class StateFile final {
 public:
  /// `interval_seconds` between saves; 0: each time.
  StateFile(const OutputPaths& paths, StateKey key, double interval_seconds);

  /// What an earlier run left. A file that is damaged or belongs to another run is set aside under
  /// another name, with a warning, and gives nothing.
  std::optional<diffusion::DenoiseState> load() const;

  /// Saves when the interval is over, and always when all steps are done. A state that cannot be
  /// written is a warning: the job goes on.
  void keep(const diffusion::DenoiseState& state);
  void save(const diffusion::DenoiseState& state);

 private:
  using Clock = std::chrono::steady_clock;

  std::filesystem::path path_;
  std::filesystem::path aside_;
  StateKey key_;
  std::chrono::duration<double> interval_;
  Clock::time_point saved_;
  bool warned_ = false;
};

}  // namespace hyportrait::pipeline
