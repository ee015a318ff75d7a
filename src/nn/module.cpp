// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include <hyportrait/error.h>

#include "nn/module_impl.h"
#include "nn/torch_types.h"

#include <torch/script.h>

#include <exception>
#include <new>
#include <sstream>

namespace hyportrait::nn {
namespace {

std::string shape_text(c10::IntArrayRef shape) {
  std::ostringstream text;
  text << '[';
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text << (i == 0 ? "" : ",");
    if (shape[i] < 0) {
      text << '*';
    } else {
      text << shape[i];
    }
  }
  text << ']';
  return text.str();
}

std::string inputs_text(const std::vector<c10::IValue>& inputs) {
  std::string text;
  for (const c10::IValue& input : inputs) {
    text += text.empty() ? "" : ", ";
    text += input.isTensor() ? std::string(c10::toString(input.toTensor().scalar_type())) +
                                   shape_text(input.toTensor().sizes())
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

/// The lines of an interpreter error that say what is wrong, without its traceback.
std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  for (const char* marker : {"RuntimeError: ", "Error: "}) {
    const std::size_t at = text.rfind(marker);
    if (at != std::string::npos) {
      text.erase(0, at + std::string_view(marker).size());
      break;
    }
  }
  const std::size_t end = text.find_last_not_of(" \n");
  return text.substr(0, end == std::string::npos ? 0 : end + 1);
}

/// Inside the interpreter torch keeps only the text of an error, so the text is what can be asked.
bool is_out_of_memory(const std::exception& error) {
  const std::string text = error.what();
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
         dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         text.find("out of memory") != std::string::npos ||
         text.find("can't allocate memory") != std::string::npos ||
         text.find("not enough memory") != std::string::npos;
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
  const torch::Device device = torch_device(impl_->device);
  for (std::size_t i = 0; i < inputs.size() && i < impl_->spec.inputs.size(); ++i) {
    if (!inputs[i].isTensor()) {
      continue;
    }
    const torch::Tensor& tensor = inputs[i].toTensor();
    const TensorSpec& spec = impl_->spec.inputs[i];
    if (!fits(tensor, spec)) {
      throw Error(ExitCode::bundle,
                  where + ": input " + spec.name + ": the manifest says " + spec.dtype +
                      shape_text(spec.shape) + ", this job gives " +
                      c10::toString(tensor.scalar_type()) + shape_text(tensor.sizes()) +
                      "; use a bundle made for these sizes");
    }
    const bool cast = tensor.is_floating_point() && tensor.dim() > 0;
    inputs[i] = tensor.to(device, cast ? torch_dtype(impl_->precision) : tensor.scalar_type());
  }
  try {
    const c10::InferenceMode inference;
    // A setting of the calling thread. The optimising executor spends the first calls on profiling.
    torch::jit::setGraphExecutorOptimize(false);
    return tensors(impl_->module.forward(std::move(inputs)));
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) {
      throw Error(ExitCode::device,
                  where + ": not enough memory on " + device_text(impl_->device) + " for inputs " +
                      given + "; lower --window, --decode-chunk or --size");
    }
    throw Error(ExitCode::bundle, where + " failed on inputs " + given + ": " + reason(error));
  }
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
