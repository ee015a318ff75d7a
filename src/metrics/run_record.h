// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

namespace hyportrait::metrics {

/// What the sidecar of a result says that its measuring needs.
struct RunRecord {
  AnimateOptions options;  ///< of the run
  int window = 0;          ///< sampler.window and so on, frames
  int overlap = 0;
  int shift = 0;
  int padding = 0;
  int steps = 0;
  int decode_chunk = 0;
};

/// The sidecar beside `result`; nothing when there is none. Throws Error(input) for one that is
/// broken.
std::optional<RunRecord> read_run_record(const std::filesystem::path& result);

/// Frames of the result that begin another chunk of the VAE's decoder (chunks count from the first
/// padding frame, latents/decode.h).
std::set<std::int64_t> chunk_borders(const RunRecord& record, std::int64_t frames);

/// Frames of the result from which on other windows of the sampler's last step hold the picture
/// (diffusion/windows.h).
std::set<std::int64_t> window_borders(const RunRecord& record, std::int64_t frames);

}  // namespace hyportrait::metrics
