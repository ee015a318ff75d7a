// SPDX-License-Identifier: Apache-2.0
#include "plan/default_bundle.h"

#include <hyportrait/error.h>

#include "base/log.h"

#include <dlfcn.h>

#include <array>
#include <initializer_list>
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

/// The first of these bundles that came with the program; empty when none did.
fs::path bundle_beside(const fs::path& library, std::initializer_list<const char*> names) {
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
  for (const char* name : names) {
    for (const char* place : kPlaces) {
      const fs::path candidate = fs::canonical(file.parent_path() / place / name, failure);
      if (!failure && fs::exists(candidate / "manifest.json", failure)) {
        return candidate;
      }
    }
  }
  return {};
}

}  // namespace

fs::path default_bundle(const fs::path& library) {
  if (fs::path found = bundle_beside(library, {"official", "demo"}); !found.empty()) {
    return found;
  }
  throw Error(ExitCode::bundle,
              "no model bundle: neither models/official nor models/demo is there; name one with "
              "--bundle DIR "
              "(docs/weights.md says how to make one)");
}

fs::path demo_bundle() {
  fs::path found = bundle_beside(own_path(), {"demo"});
  std::error_code failure;
  if (found.empty() || !fs::exists(found / "samples" / "clip.mp4", failure)) {
    throw Error(ExitCode::bundle,
                "no demo: models/demo with its samples is not there; give --ref and --drive");
  }
  return found;
}

nn::Bundle open_bundle(const fs::path& requested) {
  const fs::path folder = requested.empty() ? default_bundle(own_path()) : requested;
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
