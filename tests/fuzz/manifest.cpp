// SPDX-License-Identifier: Apache-2.0
// A bundle's manifest.json: an accepted one names files inside its folder and sizes that can be
// multiplied.
#include "nn/manifest.h"

#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  const std::filesystem::path path = test::input_file(data, size, "manifest.json");
  test::refuse_or_run([&] {
    const nn::Manifest manifest = nn::read_manifest(path.parent_path());
    for (const auto& [name, module] : manifest.modules) {
      const std::filesystem::path file = std::filesystem::path(module.file).lexically_normal();
      test::must(file.is_relative() && *file.begin() != "..");
      test::must(module.sha256.size() == 64);
    }
    test::must(manifest.config.window.overlap < manifest.config.window.frames);
    if (const auto& unet = manifest.config.unet) {
      const std::size_t levels = unet->channels.size();
      test::must(levels > 0 && unet->layers.size() == levels && unet->attention.size() == levels);
    }
    test::must(!manifest.config.vae || !manifest.config.vae->channels.empty());
  });
  return 0;
}
