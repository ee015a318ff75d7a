// SPDX-License-Identifier: Apache-2.0
#include "nn/compiled.h"

#include <hyportrait/error.h>

#include "core/json_strict.h"
#include "core/log.h"
#include "core/user_cache.h"
#include "nn/torch_error.h"

#include <dlfcn.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/version.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace hyportrait::nn {

namespace {

using Shape = std::vector<std::int64_t>;
using Flags = std::vector<std::vector<bool>>;
using Loader = torch::inductor::AOTIModelPackageLoader;

std::string version_number() {
  const std::string text = TORCH_VERSION;
  return text.substr(0, text.find('+'));
}

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

Flags flags_of(const std::vector<c10::IValue>& inputs) {
  Flags flags;
  for (const c10::IValue& input : inputs) {
    if (input.isBoolList()) {
      const c10::List<bool> list = input.toBoolList();
      flags.emplace_back(list.begin(), list.end());
    }
  }
  return flags;
}

std::string shape_text(const torch::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes()) {
    text += (text.empty() ? "" : "x") + std::to_string(size);
  }
  return text;
}

const char* kind_of(Device device) {
  return device.kind == DeviceKind::cuda ? "cuda" : "cpu";
}

/// Where compile.py puts the packages; empty without a home.
std::filesystem::path folder_of(const CompiledRequest& request) {
  const std::filesystem::path cache = user_cache_file("compiled");
  return cache.empty() ? cache
                       : cache / (request.sha256.substr(0, 32) + "-" + kind_of(request.device) +
                                  "-" + precision_text(request.precision));
}

std::string cure_of(const CompiledRequest& request) {
  return "run .venv/bin/python scripts/export/compile.py --bundle " + request.bundle.string() +
         " --device " + kind_of(request.device) + " --dtype " + precision_text(request.precision) +
         " (--size and --frames for others than the bundle's), or leave out --engine compiled";
}

}  // namespace

struct CompiledPackages::Package {
  std::string file;
  Flags flags;
  std::vector<Shape> shapes;
  std::unique_ptr<Loader> loader;  // null until it is needed

  [[nodiscard]] bool fits(const Flags& given, const std::vector<torch::Tensor>& tensors) const {
    return flags == given && std::equal(shapes.begin(),
                                        shapes.end(),
                                        tensors.begin(),
                                        tensors.end(),
                                        [](const Shape& shape, const torch::Tensor& tensor) {
                                          return tensor.sizes() == c10::IntArrayRef(shape);
                                        });
  }
};

CompiledPackages::CompiledPackages(const CompiledRequest& request,
                                   std::string prefix,
                                   FindWeight weight)
    : folder_(folder_of(request)),
      device_(request.device),
      cure_(cure_of(request)),
      prefix_(std::move(prefix)),
      weight_(std::move(weight)) {
  const std::filesystem::path path = folder_ / "index.json";
  if (folder_.empty() || !std::filesystem::exists(path)) {
    throw Error(ExitCode::bundle,
                request.bundle.string() + ": its U-Net is not compiled for " +
                    device_text(request.device) + " in " + precision_text(request.precision) +
                    "; " + cure_);
  }
  const nlohmann::json index = read_json(path, ExitCode::bundle);
  try {
    const auto torch_version = index.at("torch").get<std::string>();
    if (torch_version != version_number()) {
      throw Error(ExitCode::bundle,
                  path.string() + ": compiled with torch " + torch_version + ", this is LibTorch " +
                      version_number() + "; " + cure_);
    }
    for (const nlohmann::json& entry : index.at("packages")) {
      packages_.push_back({.file = entry.at("file").get<std::string>(),
                           .flags = entry.at("flags").get<Flags>(),
                           .shapes = entry.at("shapes").get<std::vector<Shape>>()});
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::bundle,
                path.string() + ": not what compile.py writes (" + error.what() +
                    "); delete the folder, then " + cure_);
  }
}

CompiledPackages::~CompiledPackages() = default;

void CompiledPackages::load(Package& package) {
  const std::filesystem::path path = folder_ / package.file;
  try {
    // Packages name it as what they need, and do not know where it is; this library does.
    if (::dlopen("libtorch.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      throw std::runtime_error(::dlerror());
    }
    const auto index = static_cast<c10::DeviceIndex>(device_.index);
    package.loader = std::make_unique<Loader>(
        path.string(), "model", false, 1, device_.kind == DeviceKind::cuda ? index : -1);
    std::unordered_map<std::string, torch::Tensor> weights;
    for (const std::string& name : package.loader->get_constant_fqns()) {
      const torch::Tensor weight =
          name.starts_with(prefix_) ? weight_(name.substr(prefix_.size())) : torch::Tensor();
      if (!weight.defined()) {
        throw std::runtime_error("it wants a weight " + name + ", which the network does not have");
      }
      weights.emplace(name, weight);
    }
    package.loader->load_constants(weights, false, true, /*user_managed=*/true);
  } catch (const std::exception& error) {
    const std::string why = reason(error);
    throw Error(ExitCode::bundle,
                path.string() + ": cannot be loaded: " + why.substr(0, why.find('\n')) +
                    "; delete the folder, then " + cure_);
  }
  logger().debug("loaded {}", path.string());
}

torch::Tensor CompiledPackages::run(const std::vector<c10::IValue>& inputs) {
  const std::vector<torch::Tensor> tensors = tensors_of(inputs);
  const Flags flags = flags_of(inputs);
  const auto found = std::find_if(packages_.begin(), packages_.end(), [&](const Package& package) {
    return package.fits(flags, tensors);
  });
  if (found == packages_.end()) {
    throw Error(ExitCode::bundle,
                "the U-Net is not compiled for latents of " + shape_text(tensors.front()) + " in " +
                    std::to_string(flags.empty() ? 1 : flags.front().size()) + " such branches; " +
                    cure_);
  }
  if (!found->loader) {
    load(*found);
  }
  return found->loader->run(tensors).at(0);
}

void check_compiled(const CompiledRequest& request) {
  const CompiledPackages packages(request, "", {});
}

}  // namespace hyportrait::nn
