// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/compiled.h"
#include "nn/module.h"

#include <torch/script.h>

#include <memory>
#include <string>

namespace hyportrait::nn {

/// Shared by module.cpp, which runs it, and bundle.cpp, which loads it.
struct Module::Impl {
  std::string name;
  ModuleSpec spec;
  Device device;
  Precision precision = Precision::fp32;
  mutable torch::jit::Module module;             // its run is not const, though it changes nothing
  std::shared_ptr<CompiledPackages> packages{};  // run instead of the module's own code
};

}  // namespace hyportrait::nn
