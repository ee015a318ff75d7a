// SPDX-License-Identifier: Apache-2.0
#include "nn/compiled.h"

#include <hyportrait/error.h>

#include "base/file_names.h"
#include "base/log.h"
#include "nn/torch_error.h"

#include <dlfcn.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/types.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace hyportrait::nn {

namespace {

using Loader = torch::inductor::AOTIModelPackageLoader;

/// The inputs without the lists of bool, which are in the code. Compiled code takes the memory's
/// layout for granted and does not look.
std::vector<torch::Tensor> tensors_of(const std::vector<c10::IValue>& inputs) {
  std::vector<torch::Tensor> tensors;
  for (const c10::IValue& input : inputs) {
    if (input.isTensor()) {
      tensors.push_back(input.toTensor().contiguous());
    }
  }
  return tensors;
}

CompiledCall call_of(const std::vector<c10::IValue>& inputs) {
  CompiledCall call;
  for (const c10::IValue& input : inputs) {
    if (input.isBoolList()) {
      const c10::List<bool> list = input.toBoolList();
      call.flags.emplace_back(list.begin(), list.end());
    }
  }
  call.latents = inputs.at(0).toTensor().sizes().vec();
  return call;
}

bool same_shapes(const CompiledPackage& package, const std::vector<torch::Tensor>& tensors) {
  return std::ranges::equal(package.shapes, tensors, [](const auto& shape, const auto& tensor) {
    return tensor.sizes() == c10::IntArrayRef(shape);
  });
}

const char* kind_of(Device device) {
  return device.kind == DeviceKind::cuda ? "cuda" : "cpu";
}

/// Where hyportrait-export compile puts the packages; empty without a home.
std::filesystem::path folder_of(const CompiledRequest& request) {
  const std::filesystem::path cache = user_cache_file("compiled");
  return cache.empty() ? cache
                       : cache / (request.sha256.substr(0, 32) + "-" + kind_of(request.device) +
                                  "-" + precision_text(request.precision));
}

std::string command_of(const CompiledRequest& request) {
  return "scripts/hyportrait-export compile --bundle " + request.bundle.string() + " --device " +
         kind_of(request.device) + " --dtype " + precision_text(request.precision) +
         ", or hyportrait-export compile from a wheel";
}

std::string cure_of(const CompiledRequest& request) {
  return "run " + command_of(request) +
         " (--size and --frames for others than the bundle's), or leave out --engine compiled";
}

/// Nothing where there is none. Throws as read_compiled_index() does.
std::optional<CompiledIndex> index_of(const CompiledRequest& request) {
  const std::filesystem::path path = folder_of(request) / "index.json";
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? std::optional(read_compiled_index(path))
                                                : std::nullopt;
}

/// Why the packages cannot be taken, or empty.
std::string why_not(const std::optional<CompiledIndex>& index,
                    const CompiledRequest& request,
                    const std::vector<CompiledCall>& calls) {
  return index ? why_unfit(*index, this_machine(request.device), calls)
               : "is not compiled for " + device_text(request.device) + " in " +
                     precision_text(request.precision);
}

}  // namespace

struct CompiledPackages::Loaded {
  std::unordered_map<std::string, torch::Tensor> constants;  // the loader keeps pointers to these
  std::unique_ptr<Loader> loader;
};

CompiledPackages::CompiledPackages(const CompiledRequest& request, FindWeight weight)
    : folder_(folder_of(request)),
      device_(request.device),
      cure_(cure_of(request)),
      weight_(std::move(weight)) {
  std::optional<CompiledIndex> index = index_of(request);
  if (const std::string why = why_not(index, request, {}); !why.empty()) {
    throw Error(ExitCode::bundle, request.bundle.string() + ": its U-Net " + why + "; " + cure_);
  }
  index_ = *std::move(index);
}

CompiledPackages::~CompiledPackages() = default;

/// Made once, for all packages: rows of several weights below each other, in the layout wanted.
torch::Tensor CompiledPackages::constant(const std::string& name) {
  if (const auto found = constants_.find(name); found != constants_.end()) {
    return found->second;
  }
  const auto recipe = index_.weights.find(name);
  if (recipe == index_.weights.end()) {
    throw std::runtime_error("it wants a constant " + name + ", which its index does not have");
  }
  std::vector<torch::Tensor> parts;
  for (const std::string& part : recipe->second.of) {
    parts.push_back(weight_(part));
    if (!parts.back().defined()) {
      throw std::runtime_error("it wants a weight " + part + ", which the network does not have");
    }
  }
  torch::Tensor whole = parts.size() == 1 ? parts.front().detach() : torch::cat(parts).detach();
  if (whole.strides() != c10::IntArrayRef(recipe->second.strides)) {
    const torch::Tensor laid =
        torch::empty_strided(whole.sizes(), recipe->second.strides, whole.options());
    whole = laid.copy_(whole);
  }
  if (device_.kind == DeviceKind::cuda) {
    std::int64_t row = 0;
    for (torch::Tensor& part : parts) {
      part.set_data(parts.size() == 1 ? whole : whole.narrow(0, row, part.size(0)));
      row += part.dim() == 0 ? 0 : part.size(0);
    }
  }
  return constants_.emplace(name, whole).first->second;
}

const CompiledPackages::Loaded& CompiledPackages::load(const CompiledPackage& package) {
  std::unique_ptr<Loaded>& loaded = loaded_[package.file];
  if (loaded) {
    return *loaded;
  }
  const std::filesystem::path path = folder_ / package.file;
  try {
    // Packages name it as what they need, and do not know where it is; this library does.
    if (::dlopen("libtorch.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      throw std::runtime_error(::dlerror());
    }
    const c10::InferenceMode weights_are_shared(false);
    const auto index = static_cast<c10::DeviceIndex>(device_.index);
    auto loader = std::make_unique<Loader>(
        path.string(), "model", false, 1, device_.kind == DeviceKind::cuda ? index : -1);
    auto made = std::make_unique<Loaded>();
    for (const std::string& name : loader->get_constant_fqns()) {
      made->constants.emplace(name, constant(name));
    }
    loader->load_constants(made->constants, false, true, /*user_managed=*/true);
    made->loader = std::move(loader);
    loaded = std::move(made);
  } catch (const std::exception& error) {
    const std::string why = reason(error);
    throw Error(ExitCode::bundle,
                path.string() + ": cannot be loaded: " + why.substr(0, why.find('\n')) +
                    "; delete the folder, then " + cure_);
  }
  logger().debug("loaded {}", path.string());
  return *loaded;
}

torch::Tensor CompiledPackages::run(const std::vector<c10::IValue>& inputs) {
  const std::vector<torch::Tensor> tensors = tensors_of(inputs);
  const CompiledCall call = call_of(inputs);
  const auto found = std::ranges::find_if(index_.packages, [&](const CompiledPackage& package) {
    return package.fits(call) && same_shapes(package, tensors);
  });
  if (found == index_.packages.end() || !found->passed) {
    warn_once("the U-Net " + why_unfit(index_, index_.machine, {call}) +
              ": TorchScript runs such calls");
    return {};
  }
  return load(*found).loader->run(tensors).at(0);
}

EngineKind choose_engine(EngineKind requested,
                         const CompiledRequest& request,
                         const std::vector<CompiledCall>& calls) {
  if (requested == EngineKind::torchscript ||
      (requested == EngineKind::automatic && request.device.kind == DeviceKind::cpu)) {
    return EngineKind::torchscript;
  }
  std::string why;
  try {
    why = why_not(index_of(request), request, calls);
  } catch (const Error& error) {
    if (requested == EngineKind::compiled) {
      throw;
    }
    why = std::string("is not run compiled: ") + error.what();
  }
  if (why.empty()) {
    return EngineKind::compiled;
  }
  if (requested == EngineKind::compiled) {
    throw Error(ExitCode::bundle,
                request.bundle.string() + ": its U-Net " + why + "; " + cure_of(request));
  }
  warn_once("the U-Net " + why +
            ", so TorchScript runs it, which is slower; once: " + command_of(request));
  return EngineKind::torchscript;
}

}  // namespace hyportrait::nn
