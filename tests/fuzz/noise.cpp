// SPDX-License-Identifier: Apache-2.0
// A noise file: an accepted one has the shape that was asked for.
#include "diffusion/noise.h"

#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  const std::filesystem::path path = test::input_file(data, size, "noise.safetensors");
  test::refuse_or_run([&] {
    const diffusion::LatentShape shape{2, 4, 1, 2};
    test::must(diffusion::read_noise(path, shape).sizes() == c10::IntArrayRef(shape));
  });
  return 0;
}
