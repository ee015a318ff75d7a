// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/compiled_index.h"
#include "nn/device.h"

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hyportrait::nn {

// Note [Compiled packages]
// hyportrait-export compile compiles a network for one kind of device, one precision and one set of
// shapes (AOTInductor). A package is native code without weights: it is given those of the loaded
// module, in the layout that its index states. On a GPU the module takes that memory over and there
// is one of each weight; on a CPU, where the module's results would change in their last bits, it
// keeps its own. A bundle's modules are searched for what they may not do; native code cannot be.
// So packages are looked for only in the user's own cache, where that script puts them, never in a
// bundle.

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
  /// Throws Error(bundle), with the command that helps, when there are none, when they are damaged,
  /// or made for another machine.
  CompiledPackages(const CompiledRequest& request, FindWeight weight);
  ~CompiledPackages();

  /// Inputs as for the network's forward(), on the device: the lists of bool among them and the
  /// shapes choose the package. An undefined tensor when there is none for them: memory that ran
  /// out makes smaller calls than were planned. Throws Error(bundle) for a package that cannot be
  /// loaded.
  torch::Tensor run(const std::vector<c10::IValue>& inputs);

 private:
  struct Loaded;
  const Loaded& load(const CompiledPackage& package);
  torch::Tensor constant(const std::string& name);

  std::filesystem::path folder_;
  Device device_;
  std::string cure_;
  FindWeight weight_;
  CompiledIndex index_;
  std::unordered_map<std::string, torch::Tensor> constants_;  // by their names in the packages
  std::unordered_map<std::string, std::unique_ptr<Loaded>> loaded_;  // by file
};

/// What runs the U-Net of a run that makes `calls`: as requested, or, for automatic, the packages
/// if this is a GPU and they fit, else TorchScript, which is logged once with the reason and the
/// command that helps. Throws Error(bundle) where compiled is requested and does not fit.
EngineKind choose_engine(EngineKind requested,
                         const CompiledRequest& request,
                         const std::vector<CompiledCall>& calls);

}  // namespace hyportrait::nn
