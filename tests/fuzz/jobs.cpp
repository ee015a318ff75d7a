// SPDX-License-Identifier: Apache-2.0
// A batch's jobs file: every output of an accepted one lies inside --out-dir, no two are the same.
#include "fuzz/fuzz.h"
#include "options/batch_jobs.h"

#include <set>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hyportrait::test::refuse_or_run([&] {
    const hyportrait::JobsSource source{
        .name = "jobs.jsonl", .folder = "/jobs", .out_dir = "/results"};
    std::set<std::string> outputs;
    for (const auto& job :
         hyportrait::parse_jobs({reinterpret_cast<const char*>(data), size}, source)) {
      const std::string output = job.options.output.string();
      hyportrait::test::must(output.starts_with("/results/"));
      hyportrait::test::must(outputs.insert(output.c_str()).second);  // as the system reads it
    }
  });
  return 0;
}
