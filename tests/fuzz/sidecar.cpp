// SPDX-License-Identifier: Apache-2.0
// The sidecar of an output, as metrics reads it: the windows and chunks of an accepted one can be
// walked.
#include "fuzz/fuzz.h"
#include "metrics/run_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  std::filesystem::path path = test::input_file(data, size, "out.mp4.json");
  test::refuse_or_run([&] {
    const auto record = metrics::read_run_record(path.replace_extension());
    if (record) {
      metrics::chunk_borders(*record, 100);
      metrics::window_borders(*record, 100);
    }
  });
  return 0;
}
