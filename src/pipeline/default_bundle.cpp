// SPDX-License-Identifier: Apache-2.0
#include "pipeline/default_bundle.h"

#include <hyportrait/error.h>

#include "core/log.h"

#include <dlfcn.h>

#include <array>
#include <string>

namespace hyportrait::pipeline {

namespace fs = std::filesystem;

fs::path default_bundle() {
  Dl_info info{};
  std::error_code ignored;
  fs::path folder;
  if (::dladdr(reinterpret_cast<const void*>(&default_bundle), &info) != 0 &&
      info.dli_fname != nullptr) {
    folder = fs::canonical(info.dli_fname, ignored).parent_path();
  }
  // <prefix>/lib[/triplet] as installed, <checkout>/build/<preset>/{lib,bin} as built.
  constexpr std::array<const char*, 3> kPlaces{
      "../share/hyportrait/models", "../../share/hyportrait/models", "../../../models"};
  for (const char* name : {"official", "demo"}) {
    for (const char* place : kPlaces) {
      const fs::path candidate = folder / place / name;
      if (fs::exists(candidate / "manifest.json", ignored)) {
        return fs::canonical(candidate, ignored);
      }
    }
  }
  throw Error(ExitCode::bundle,
              "no model bundle: neither models/official nor models/demo is there; name one with "
              "--bundle DIR "
              "(docs/weights.md says how to make one)");
}

nn::Bundle open_bundle(const fs::path& wish) {
  const fs::path folder = wish.empty() ? default_bundle() : wish;
  logger().debug("bundle: {}", folder.string());
  return nn::Bundle::open(folder);
}

const char* kind_text(nn::BundleKind kind) {
  switch (kind) {
    case nn::BundleKind::demo:
      return "demo";
    case nn::BundleKind::official:
      return "official";
    case nn::BundleKind::seeded:
      break;
  }
  return "seeded";
}

}  // namespace hyportrait::pipeline
