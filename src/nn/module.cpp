// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include <hyportrait/error.h>

#include "base/hashes.h"
#include "nn/module_impl.h"
#include "nn/tensor.h"
#include "nn/torch_error.h"

#include <spdlog/fmt/fmt.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/script.h>

#include <exception>
#include <map>
#include <sstream>
#include <unordered_map>

namespace hyportrait::nn {
namespace {

/// "[1,*,4]": any size where the shape says -1.
std::string pattern_text(c10::IntArrayRef shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) {
    sizes.push_back(size < 0 ? "*" : std::to_string(size));
  }
  return fmt::format("[{}]", fmt::join(sizes, ","));
}

std::string inputs_text(const std::vector<c10::IValue>& inputs) {
  std::string text;
  for (const c10::IValue& input : inputs) {
    text += text.empty() ? "" : ", ";
    text += input.isTensor() ? std::string(c10::toString(input.toTensor().scalar_type())) +
                                   pattern_text(input.toTensor().sizes())
                             : input.tagKind();
  }
  return text;
}

bool same_kind(const torch::Tensor& tensor, const std::string& dtype) {
  if (dtype == "int64") {
    return tensor.scalar_type() == torch::kLong;
  }
  if (dtype == "bool") {
    return tensor.scalar_type() == torch::kBool;
  }
  return tensor.is_floating_point();
}

bool fits(const torch::Tensor& tensor, const TensorSpec& spec) {
  if (!same_kind(tensor, spec.dtype) ||
      tensor.dim() != static_cast<std::int64_t>(spec.shape.size())) {
    return false;
  }
  for (std::size_t i = 0; i < spec.shape.size(); ++i) {
    if (spec.shape[i] >= 0 && tensor.size(static_cast<std::int64_t>(i)) != spec.shape[i]) {
      return false;
    }
  }
  return true;
}

/// Moves tensors to the module's device and, the floating ones, to its precision.
void move_inputs(std::vector<c10::IValue>& inputs, torch::Device device, Precision precision) {
  for (c10::IValue& input : inputs) {
    if (input.isTensor()) {
      const torch::Tensor& tensor = input.toTensor();
      const bool cast = tensor.is_floating_point() && tensor.dim() > 0;
      input = tensor.to(device, cast ? torch_dtype(precision) : tensor.scalar_type());
    }
  }
}

std::vector<torch::Tensor> tensors(const c10::IValue& result) {
  if (result.isTensor()) {
    return {result.toTensor()};
  }
  std::vector<torch::Tensor> list;
  if (result.isTuple()) {
    for (const c10::IValue& item : result.toTupleRef().elements()) {
      list.push_back(item.toTensor());
    }
  }
  return list;
}

}  // namespace

torch::Tensor Module::operator()(std::vector<c10::IValue> inputs) const {
  std::vector<torch::Tensor> list = outputs(std::move(inputs));
  if (list.size() != 1) {
    throw Error(ExitCode::bundle,
                "module " + impl_->name + " gave " + std::to_string(list.size()) +
                    " outputs where one was expected; check the bundle with 'bundle verify'");
  }
  return std::move(list.front());
}

std::vector<torch::Tensor> Module::outputs(std::vector<c10::IValue> inputs) const {
  const std::string where = "module " + impl_->name + " (" + impl_->spec.file + ")";
  const std::string given = inputs_text(inputs);
  for (std::size_t i = 0; i < inputs.size() && i < impl_->spec.inputs.size(); ++i) {
    if (!inputs[i].isTensor()) {
      continue;
    }
    const torch::Tensor& tensor = inputs[i].toTensor();
    const TensorSpec& spec = impl_->spec.inputs[i];
    if (!fits(tensor, spec)) {
      throw Error(ExitCode::bundle,
                  where + ": input " + spec.name + ": the manifest says " + spec.dtype +
                      pattern_text(spec.shape) + ", this job gives " +
                      c10::toString(tensor.scalar_type()) + pattern_text(tensor.sizes()) +
                      "; use a bundle made for these sizes");
    }
  }
  try {
    const c10::InferenceMode inference;
    move_inputs(inputs, torch_device(impl_->device), impl_->precision);
    // The optimising executor spends the first calls on profiling. For this call only: what is
    // loaded on a thread without it is not inlined, and keeps its group norms.
    const torch::jit::GraphOptimizerEnabledGuard executor(false);
    if (impl_->packages) {
      torch::Tensor output = impl_->packages->run(inputs);
      if (output.defined()) {
        return {std::move(output)};
      }
    }
    return tensors(impl_->module.forward(std::move(inputs)));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (failure_of(error) == TorchFailure::memory) {
      release_freed_memory(impl_->device);  // in pieces of the failed call's sizes
    }
    throw_if_device_failed(error,
                           where + " on " + device_text(impl_->device) + ", inputs " + given);
    throw Error(ExitCode::bundle, where + " failed on inputs " + given + ": " + reason(error));
  }
}

Module Module::compiled(const std::filesystem::path& bundle) const {
  std::unordered_map<std::string, torch::Tensor> weights;
  for (const auto& parameter : impl_->module.named_parameters()) {
    weights.emplace(parameter.name, parameter.value);
  }
  for (const auto& buffer : impl_->module.named_buffers()) {
    weights.emplace(buffer.name, buffer.value);
  }
  Impl impl = *impl_;
  impl.packages = std::make_shared<CompiledPackages>(
      CompiledRequest{impl_->spec.sha256, bundle, impl_->device, impl_->precision},
      [weights = std::move(weights)](const std::string& name) {
        const auto found = weights.find(name);
        return found == weights.end() ? torch::Tensor() : found->second;
      });
  return Module(std::make_shared<const Impl>(std::move(impl)));
}

std::string Module::weights_hash() const {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& parameter : impl_->module.named_parameters()) {
    weights.emplace(parameter.name, parameter.value);
  }
  for (const auto& buffer : impl_->module.named_buffers()) {
    weights.emplace(buffer.name, buffer.value);
  }
  std::string all;
  for (const auto& [name, weight] : weights) {
    const torch::Tensor values = weight.to(torch::kCPU, torch::kFloat).contiguous();
    const auto* bytes = static_cast<const char*>(values.const_data_ptr());
    all += fmt::format(
        "{} [{}] {}\n", name, fmt::join(values.sizes(), ","), sha256({bytes, values.nbytes()}));
  }
  return sha256(all);
}

const ModuleSpec& Module::spec() const {
  return impl_->spec;
}
Device Module::device() const {
  return impl_->device;
}
Precision Module::precision() const {
  return impl_->precision;
}

}  // namespace hyportrait::nn
