// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/device.h"
#include "nn/manifest.h"

#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hyportrait::nn {

/// A loaded network. A handle: copies share the weights, which are freed with the last one. Calls
/// may come from one thread at a time.
class Module final {
 public:
  /// Runs `forward` in inference mode, for a network with one output. Tensors are moved to the
  /// module's device; floating ones are cast to its precision, except scalars (the time step stays
  /// float32, as in the original). Inputs are checked against the manifest first. Throws
  /// Error(bundle) naming the module and the input shapes, and those of nn/torch_error.h when the
  /// device fails or runs out of memory.
  torch::Tensor operator()(std::vector<c10::IValue> inputs) const;

  /// The same for a network with several outputs (face_detector: boxes, scores, landmarks).
  std::vector<torch::Tensor> outputs(std::vector<c10::IValue> inputs) const;

  /// SHA-256 of names, shapes and values (as float32) of the weights, which an export made again
  /// keeps where the file's bytes change.
  [[nodiscard]] std::string weights_hash() const;

  [[nodiscard]] const ModuleSpec& spec() const;
  [[nodiscard]] Device device() const;
  [[nodiscard]] Precision precision() const;

 private:
  friend class Bundle;
  struct Impl;
  /// For Bundle::load_compiled(). `bundle` is named in messages.
  [[nodiscard]] Module compiled(const std::filesystem::path& bundle) const;
  explicit Module(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace hyportrait::nn
