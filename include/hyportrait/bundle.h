// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait {

/// What a bundle's manifest says (docs/model-bundle.md).
struct BundleInfo {
  struct Module {
    std::string name;
    std::string file;  ///< inside the folder
    std::uint64_t bytes = 0;
  };
  std::filesystem::path folder;
  std::string name;
  std::string kind;  ///< demo, official, seeded
  std::string licence;
  std::string provenance;       ///< text, or JSON where the manifest has an object
  std::string hash;             ///< SHA-256 of the manifest
  std::vector<Module> modules;  ///< in the manifest's order
  std::string manifest_json;    ///< as it is written
};

/// The manifest's JSON with `folder` and `hash` added.
HYPORTRAIT_API std::string to_json(const BundleInfo& info);

/// The folder of the demo bundle that came with the program; its samples/portrait.png and
/// samples/clip.mp4 are made for one another. Throws Error(bundle) when it did not come along.
HYPORTRAIT_API std::filesystem::path demo_bundle();

/// An empty `folder` means the default bundle. Throws Error(bundle), and Error(usage) for what is
/// no path. May run beside any other call.
HYPORTRAIT_API BundleInfo bundle_info(const std::filesystem::path& folder);

/// Checks every file's hash, signature and code, whatever was checked before. Throws Error(bundle)
/// at the first fault. May run beside any other call.
HYPORTRAIT_API void bundle_verify(const std::filesystem::path& folder);

}  // namespace hyportrait
