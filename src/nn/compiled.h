// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/device.h"

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hyportrait::nn {

// Note [Compiled packages]
// scripts/export/compile.py compiles a network for one kind of device, one precision and one set of
// shapes (AOTInductor). A package is native code without weights: it is given those of the loaded
// module, which stay where they are, and copies of those that are not contiguous. A bundle's
// modules are searched for what they may not do; native code cannot be. So packages are looked for
// only in the user's own cache, where that script puts them, never in a bundle.

/// What was, or was not, compiled.
struct CompiledRequest {
  std::string sha256;            ///< of the network's file
  std::filesystem::path bundle;  ///< for messages
  Device device;
  Precision precision = Precision::fp32;
};

/// Gives a network's weight by its name, or an undefined tensor.
using FindWeight = std::function<torch::Tensor(const std::string&)>;

/// The packages of one network. Calls may come from one thread at a time.
class CompiledPackages final {
 public:
  /// They call the network by `prefix` ("unet."). Throws Error(bundle), with the command that
  /// helps, when there are none, when they are damaged, or of another LibTorch.
  CompiledPackages(const CompiledRequest& request, std::string prefix, FindWeight weight);
  ~CompiledPackages();

  /// Inputs as for the network's forward(), on the device: the lists of bool among them and the
  /// tensors' shapes choose the package. Throws Error(bundle) when none fits.
  torch::Tensor run(const std::vector<c10::IValue>& inputs);

 private:
  struct Package;
  void load(Package& package);

  std::filesystem::path folder_;
  Device device_;
  std::string cure_;
  std::string prefix_;
  FindWeight weight_;
  std::vector<Package> packages_;
};

/// Throws as the constructor of CompiledPackages does.
void check_compiled(const CompiledRequest& request);

}  // namespace hyportrait::nn
