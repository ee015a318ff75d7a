// SPDX-License-Identifier: Apache-2.0
#include "metrics/run_record.h"

#include <hyportrait/error.h>

#include "core/animate_options.h"
#include "core/json_strict.h"
#include "diffusion/windows.h"

#include <fstream>
#include <iterator>

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
  std::ifstream file(path);
  if (!file) {
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const nlohmann::json sidecar = parse_json(text, path, ExitCode::input);
  RunRecord record;
  try {
    const nlohmann::json& plan = sidecar.at("plan");
    const nlohmann::json& sampler = plan.at("sampler");
    record.window = sampler.at("window").get<int>();
    record.overlap = sampler.at("overlap").get<int>();
    record.shift = sampler.at("shift").get<int>();
    record.padding = sampler.at("padding").get<int>();
    record.steps = sampler.at("steps").get<int>();
    record.decode_chunk = sampler.at("decode_chunk").get<int>();
    apply_config(record.options, plan.at("options"), path, std::filesystem::current_path());
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::input,
                path + ": is not the sidecar of a finished run (" + error.what() +
                    "); move it away to measure without it");
  }
  if (record.window <= record.overlap || record.decode_chunk < 1 || record.padding < 0 ||
      record.steps < 1) {
    throw Error(ExitCode::input, path + ": its windows make no sense; move it away");
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
