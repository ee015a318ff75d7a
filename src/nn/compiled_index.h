// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "nn/device.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hyportrait::nn {

/// One call of the U-Net, as far as packages differ in it.
struct CompiledCall {
  std::vector<std::vector<bool>> flags;  ///< has_reference, has_motion: a value for each branch
  std::vector<std::int64_t> latents;     ///< the shape [W,F,4,h,w]
};

/// What code is compiled for, or what there is here.
struct CompiledMachine {
  std::string torch;                ///< "2.11.0"
  std::set<std::string> processor;  ///< instructions, by their names in /proc/cpuinfo
  std::string gpu;                  ///< "sm_90"; empty on a CPU
};

/// A constant of the packages, made of weights of the network.
struct CompiledWeight {
  std::vector<std::string> of;  ///< names in the network; several lie below each other
  std::vector<std::int64_t> strides;
};

struct CompiledPackage {
  std::string file;
  std::vector<std::vector<bool>> flags;
  std::vector<std::vector<std::int64_t>> shapes;  ///< of the inputs that are tensors, in order
  bool passed = false;                            ///< its comparison with TorchScript
  [[nodiscard]] bool fits(const CompiledCall& call) const;
};

/// What hyportrait-export compile writes beside its packages.
struct CompiledIndex {
  CompiledMachine machine;
  std::map<std::string, CompiledWeight> weights;
  std::vector<CompiledPackage> packages;
};

/// Throws Error(bundle) for what hyportrait-export compile does not write.
CompiledIndex read_compiled_index(const std::filesystem::path& path);

/// This process's LibTorch, this processor and, if `device` is one, this GPU.
CompiledMachine this_machine(Device device);

/// Why the packages cannot run all of `calls` on `machine`, to follow "the U-Net "; empty if they
/// can. Of several reasons the first that a person can do something about.
std::string why_unfit(const CompiledIndex& index,
                      const CompiledMachine& machine,
                      const std::vector<CompiledCall>& calls);

}  // namespace hyportrait::nn
