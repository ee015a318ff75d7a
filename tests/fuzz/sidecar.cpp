// SPDX-License-Identifier: Apache-2.0
// The sidecar of an output, as batch and report read it, and as metrics does: the windows and
// chunks of an accepted one can be walked.
#include "output/sidecar.h"

#include "fuzz/fuzz.h"
#include "metrics/steadiness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  const std::filesystem::path output =
      test::input_file(data, size, "out.mp4.json").replace_extension();
  test::refuse_or_run([&] {
    read_sidecar(output);
    if (const auto settings = read_run_settings(output)) {
      metrics::chunk_borders(settings->sampler, 100);
      metrics::window_borders(settings->sampler, 100);
    }
  });
  return 0;
}
