// SPDX-License-Identifier: Apache-2.0
#include "plan/default_bundle.h"

#include <hyportrait/error.h>

#include "base/log.h"

#include <dlfcn.h>

#include <array>
#include <string>
#include <system_error>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;

/// Of the library that holds this function, as the loader names it; empty when it cannot say.
fs::path own_path() {
  Dl_info info{};
  const bool known = ::dladdr(reinterpret_cast<const void*>(&own_path), &info) != 0;
  return known && info.dli_fname != nullptr ? info.dli_fname : "";
}

}  // namespace

fs::path default_bundle(const fs::path& library) {
  std::error_code failure;
  const fs::path file = library.is_absolute() ? fs::canonical(library, failure) : fs::path();
  if (failure || file.empty()) {
    throw Error(ExitCode::bundle,
                std::string("no model bundle: none is looked for beside this program's library, "
                            "because where that is cannot be told from '") +
                    library.string() + "'; name one with --bundle DIR");
  }
  // <prefix>/lib[/triplet] as installed, <checkout>/build/<preset>/{lib,bin} as built.
  constexpr std::array<const char*, 3> kPlaces{
      "../share/hyportrait/models", "../../share/hyportrait/models", "../../../models"};
  for (const char* name : {"official", "demo"}) {
    for (const char* place : kPlaces) {
      const fs::path candidate = fs::canonical(file.parent_path() / place / name, failure);
      if (!failure && fs::exists(candidate / "manifest.json", failure)) {
        return candidate;
      }
    }
  }
  throw Error(ExitCode::bundle,
              "no model bundle: neither models/official nor models/demo is there; name one with "
              "--bundle DIR "
              "(docs/weights.md says how to make one)");
}

nn::Bundle open_bundle(const fs::path& wish) {
  const fs::path folder = wish.empty() ? default_bundle(own_path()) : wish;
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

}  // namespace hyportrait::plan
