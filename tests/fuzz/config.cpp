// SPDX-License-Identifier: Apache-2.0
// A config file of animate: what is accepted prints as a config that gives the same options.
#include "base/json_strict.h"
#include "fuzz/fuzz.h"
#include "options/animate_options.h"

namespace {

hyportrait::AnimateOptions options_of(const std::string& text) {
  hyportrait::AnimateOptions options;
  const auto config = hyportrait::parse_json(text, "job.json", hyportrait::ExitCode::usage);
  hyportrait::apply_config(options, config, "job.json", "/folder");
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hyportrait::test::refuse_or_run([&] {
    const auto options = options_of({reinterpret_cast<const char*>(data), size});
    const std::string printed = hyportrait::to_config(options).dump();
    hyportrait::test::must(hyportrait::to_config(options_of(printed)).dump() == printed);
    hyportrait::validate(options);
  });
  return 0;
}
