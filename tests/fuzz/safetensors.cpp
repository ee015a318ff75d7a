// SPDX-License-Identifier: Apache-2.0
// A .safetensors file: what is read holds no more bytes than the file, and is written back the
// same.
#include "base/safetensors.h"

#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  const std::filesystem::path path = test::input_file(data, size, "in.safetensors");
  test::refuse_or_run([&] {
    SafeTensorsMetadata metadata;
    const auto keep = [&](const SafeTensorsHeader& header) { metadata = header.metadata; };
    const SafeTensors tensors = read_safetensors(path, keep);
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : tensors) {
      bytes += tensor.bytes.size();
    }
    test::must(bytes <= size);
    const std::filesystem::path copy = path.parent_path() / "copy.safetensors";
    write_safetensors(copy, tensors, metadata);
    const SafeTensorsMetadata written = metadata;
    test::must(read_safetensors(copy, keep).size() == tensors.size());
    test::must(metadata == written);
  });
  return 0;
}
