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

namespace hyportrait::run {

/// What a saved state must agree with: another device, precision or engine rounds differently (of
/// --engine auto the engine changes when packages come or go). So does another batch, which is part
/// of the state: a run resumes with the one it had.
struct StateKey {
  std::string latents_hash;  ///< plan::PlanHash::latents
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  EngineKind engine = EngineKind::torchscript;
  diffusion::LatentShape shape{};  ///< of the latents
  diffusion::DenoiseOptions options{};
  /// Noted in the file, and need not agree: the frames that lie there are the job's own.
  std::filesystem::path frames_dir{};
};

/// What can be told of a saved state without its arrays.
struct SavedState {
  int step = 0;
  std::string frames_dir;  ///< SHA-256 of the path of the job's folder of frames
};

/// How a folder of frames stands in a saved state; empty for none.
std::string folder_text(const std::filesystem::path& folder);

/// Nothing when there is none for this key, whose shape and options are not looked at.
std::optional<SavedState> saved_state(const std::filesystem::path& state, const StateKey& key);

/// Makes the state of the same job under another ending of the output's name (`out.mp4.state` of
/// `out.mkv`) this output's own: a mended container is no other job. Nothing where this output has
/// a state, or another process works on that one.
void take_over_state(const OutputPaths& paths, const StateKey& key);

/// The state of a job's denoise on disk, from which the same job resumes after an interruption: a
/// .safetensors file with the latents, the sum of the windows done, and the key in its metadata.
/// OutputFile removes it when the output stands. Not thread-safe.
class StateFile final {
 public:
  /// `interval_seconds` between saves; 0: each time.
  StateFile(const OutputPaths& paths, StateKey key, double interval_seconds);

  /// What an earlier run left. A file that is damaged or belongs to another run gets
  /// another name, with a warning, and gives nothing.
  std::optional<diffusion::DenoiseState> load() const;

  /// A run resumes from a loaded state: where the run has another folder of frames than the
  /// one before, that is noted in the file.
  void adopt(const diffusion::DenoiseState& loaded);

  /// Saves when the interval is over, and always when all steps are done. A state that cannot be
  /// written is a warning: the job continues.
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

}  // namespace hyportrait::run
