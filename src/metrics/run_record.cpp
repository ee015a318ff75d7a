// SPDX-License-Identifier: Apache-2.0
#include "metrics/run_record.h"

#include <hyportrait/error.h>

#include "core/animate_options.h"
#include "core/json_strict.h"
#include "diffusion/windows.h"

namespace hyportrait::metrics {
namespace {

void add_inside(std::set<std::int64_t>& borders, std::int64_t frame, std::int64_t frames) {
  if (frame > 0 && frame < frames) {
    borders.insert(frame);
  }
}

}  // namespace

std::optional<RunRecord> read_run_record(const std::filesystem::path& result) {
  const std::string path = result.string() + ".json";
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  const nlohmann::json sidecar = read_json(path, ExitCode::input);
  RunRecord record;
  try {
    const nlohmann::json& plan = sidecar.at("plan");
    StrictObject sampler(plan.at("sampler"), path + ": sampler", ExitCode::input);
    record.window = static_cast<int>(sampler.integer("window", 1, 1024));
    record.overlap = static_cast<int>(sampler.integer("overlap", 0, record.window - 1));
    record.shift = static_cast<int>(sampler.integer("shift", 0, 1023));
    record.padding = static_cast<int>(sampler.integer("padding", 0, 1024));
    record.steps = static_cast<int>(sampler.integer("steps", 1, 1000));
    record.decode_chunk = static_cast<int>(sampler.integer("decode_chunk", 1, 1024));
    apply_config(record.options, plan.at("options"), path, std::filesystem::current_path());
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::input,
                path + ": is not the sidecar of a finished run (" + error.what() +
                    "); move it away to measure without it");
  }
  return record;
}

std::set<std::int64_t> chunk_borders(const RunRecord& record, std::int64_t frames) {
  std::set<std::int64_t> borders;
  for (std::int64_t padded = 0; padded < frames + record.padding; padded += record.decode_chunk) {
    add_inside(borders, padded - record.padding, frames);
  }
  return borders;
}

std::set<std::int64_t> window_borders(const RunRecord& record, std::int64_t frames) {
  const std::int64_t padded = frames + 2 * static_cast<std::int64_t>(record.padding);
  const nn::WindowConfig config{.frames = record.window,
                                .overlap = record.overlap,
                                .shift = record.shift,
                                .padding = record.padding};
  std::set<std::int64_t> borders;
  for (const diffusion::Window& window :
       diffusion::windows_of_step(padded, config, record.steps - 1)) {
    add_inside(borders, window.front() - record.padding, frames);
    add_inside(borders, (window.back() + 1) % padded - record.padding, frames);
  }
  return borders;
}

}  // namespace hyportrait::metrics
