// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run/state.h"

namespace hyportrait::test {

/// The key of the states in tests/fuzz/corpus/state: a job of 3 steps over 9 frames.
inline run::StateKey small_state_key() {
  nn::SamplerConfig sampler;
  sampler.steps = 3;
  return {.latents_hash = "abc",
          .shape = {9, 4, 2, 2},
          .options = {.schedule = diffusion::karras_schedule(sampler),
                      .window = {.frames = 4, .overlap = 1, .shift = 3, .padding = 0}}};
}

}  // namespace hyportrait::test
