// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait::test {

/// A bundle whose modules are a few lines of TorchScript each, written where a test wants it. Every
/// module starts as `forward(self, x): return x * self.weight` with a weight of 1.
class ScriptBundle final {
 public:
  explicit ScriptBundle(std::filesystem::path folder);

  /// expression: the crop's mean; motion_refiner: [expression, head bucket, frames of the batch];
  /// head_pose: 1 .. 6. Tokens are [n,2,9] then.
  void set_motion_modules();

  /// Replaces a module. `method`: the source of forward. `inputs`, `outputs`: manifest entries.
  void set_module(const std::string& name,
                  const std::string& method,
                  const std::vector<nlohmann::json>& inputs,
                  const std::vector<nlohmann::json>& outputs,
                  const torch::Tensor& weight = torch::ones({1}));

  /// Writes manifest.json with the current sizes and hashes of the files.
  void write();
  /// Writes manifest.json as it stands.
  void write_manifest_only() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path file(const std::string& module) const {
    return folder_ / (module + ".pt");
  }

  nlohmann::json manifest;

 private:
  std::filesystem::path folder_;
};

/// A manifest entry of an input or output.
nlohmann::json tensor_entry(const std::string& name,
                            const nlohmann::json& shape,
                            const std::string& dtype = "float32");

/// Changes one byte in the middle of a file, keeping its size.
void flip_byte(const std::filesystem::path& path);

}  // namespace hyportrait::test
