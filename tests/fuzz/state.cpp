// SPDX-License-Identifier: Apache-2.0
// The saved state of a job: one that does not fit is set aside, one that does lies inside the job's
// steps.
#include "run/state.h"

#include "fuzz/fuzz.h"
#include "support/small_state_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  std::filesystem::path path = test::input_file(data, size, "out.mp4.state");
  const run::StateKey key = test::small_state_key();
  const auto state = run::StateFile(output_paths(path.replace_extension()), key, 30.0).load();
  if (state) {
    test::must(state->step >= 0 && state->step <= key.options.schedule.steps());
    test::must(state->latents.sizes() == c10::IntArrayRef(key.shape));
    test::must(state->windows == 0 || state->sum.sizes() == c10::IntArrayRef(key.shape));
  }
  return 0;
}
