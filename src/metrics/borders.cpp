// SPDX-License-Identifier: Apache-2.0
#include "diffusion/windows.h"
#include "metrics/steadiness.h"

namespace hyportrait::metrics {
namespace {

void add_inside(std::set<std::int64_t>& borders, std::int64_t frame, std::int64_t frames) {
  if (frame > 0 && frame < frames) {
    borders.insert(frame);
  }
}

}  // namespace

std::set<std::int64_t> chunk_borders(const SamplerFacts& sampler, std::int64_t frames) {
  std::set<std::int64_t> borders;
  for (std::int64_t padded = 0; padded < frames + sampler.padding; padded += sampler.decode_chunk) {
    add_inside(borders, padded - sampler.padding, frames);
  }
  return borders;
}

std::set<std::int64_t> window_borders(const SamplerFacts& sampler, std::int64_t frames) {
  const std::int64_t padded = frames + 2 * static_cast<std::int64_t>(sampler.padding);
  const nn::WindowConfig config{.frames = sampler.window,
                                .overlap = sampler.overlap,
                                .shift = sampler.shift,
                                .padding = sampler.padding};
  std::set<std::int64_t> borders;
  for (const diffusion::Window& window :
       diffusion::windows_of_step(padded, config, sampler.steps - 1)) {
    add_inside(borders, window.front() - sampler.padding, frames);
    add_inside(borders, (window.back() + 1) % padded - sampler.padding, frames);
  }
  return borders;
}

}  // namespace hyportrait::metrics
