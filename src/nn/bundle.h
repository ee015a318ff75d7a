// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/device.h"
#include "nn/manifest.h"
#include "nn/module.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hyportrait::nn {

/// An opened bundle: its manifest is read and its files are known to be there with the stated sizes
/// and hashes. Networks are loaded when asked for.
class Bundle final {
 public:
  /// Throws Error(bundle) with what was expected and found. Hashes are computed the first time a
  /// file is seen, then remembered by its size and time of change in the user's cache folder.
  static Bundle open(const std::filesystem::path& folder);

  /// Loads one network to a device. Before its archive is read, its code is searched for operators
  /// that reach outside (see Note [What a module may do]). Throws Error(bundle) or Error(device).
  [[nodiscard]] Module load(std::string_view name, Device device, Precision precision) const;

  /// The same network, run by the packages that hyportrait-export compile made for it (see Note
  /// [Compiled packages]). Throws as load() does, and Error(bundle) when there are none.
  [[nodiscard]] Module load_compiled(std::string_view name,
                                     Device device,
                                     Precision precision) const;

  /// From now on loaded networks stay in memory, with the packages that they have loaded, and later
  /// calls of load() and load_compiled() share them: one of each name and kind, so another device
  /// or precision takes the place of the first. Called again, it frees what was kept.
  void keep_networks();

  [[nodiscard]] bool keeps_networks() const { return kept_ != nullptr; }

  /// Checks everything again, whatever is remembered: hashes, code, and that each archive loads
  /// with the signature that the manifest states. Throws Error(bundle) at the first fault.
  void verify() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  /// SHA-256 of the manifest file, which holds the hashes of all modules: names this exact bundle.
  [[nodiscard]] const std::string& hash() const { return hash_; }

 private:
  /// Of one name, device and precision.
  struct Kept {
    std::optional<Module> network, compiled;
  };
  Bundle(std::filesystem::path folder, Manifest manifest, std::string hash);
  [[nodiscard]] Module read_network(std::string_view name,
                                    Device device,
                                    Precision precision) const;
  /// What is kept of it; nothing yet when what was kept is of another device or precision, which
  /// is freed.
  Kept& kept(std::string_view name, Device device, Precision precision) const;

  std::filesystem::path folder_;
  Manifest manifest_;
  std::string hash_;
  std::shared_ptr<std::map<std::string, Kept>> kept_;  // null: nothing is kept
};

/// Bytes of a network's weights once they are loaded in `precision`, after its file's size.
std::uint64_t weight_bytes(const ModuleSpec& spec, Precision precision);

}  // namespace hyportrait::nn
