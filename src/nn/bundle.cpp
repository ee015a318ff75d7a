// SPDX-License-Identifier: Apache-2.0
#include "nn/bundle.h"

#include <hyportrait/error.h>

#include "base/file_hashes.h"
#include "base/log.h"
#include "base/require.h"
#include "base/sha256.h"
#include "nn/group_norm.h"
#include "nn/module_code.h"
#include "nn/module_impl.h"
#include "nn/torch_types.h"

#include <torch/script.h>

#include <algorithm>
#include <optional>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;

/// The module's file, which must be inside `folder` once links are followed, and of the stated
/// size.
fs::path module_path(const fs::path& folder, const std::string& name, const ModuleSpec& spec) {
  const std::string where = folder.string() + ": module " + name + " (" + spec.file + "): ";
  std::error_code ignored;
  const fs::path root = fs::canonical(folder, ignored);
  const fs::path path = fs::canonical(folder / spec.file, ignored);
  if (ignored || !fs::is_regular_file(path)) {
    throw Error(ExitCode::bundle, where + "the file is missing; copy or export the bundle again");
  }
  const auto [end_of_root, unused] =
      std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (end_of_root != root.end()) {
    throw Error(ExitCode::bundle,
                where + "is a link out of the bundle's folder (to " + path.string() +
                    "); put the file itself there");
  }
  const std::uint64_t bytes = fs::file_size(path);
  if (bytes != spec.bytes) {
    throw Error(ExitCode::bundle,
                where + "expected " + std::to_string(spec.bytes) + " bytes, found " +
                    std::to_string(bytes) + "; copy or export the bundle again");
  }
  return path;
}

void check_hash(const fs::path& path,
                const std::string& name,
                const ModuleSpec& spec,
                const std::string& found) {
  if (found != spec.sha256) {
    throw Error(ExitCode::bundle,
                path.string() + ": module " + name + " has changed: expected sha256 " +
                    spec.sha256 + ", found " + found + "; copy or export the bundle again");
  }
}

/// The dtype in which the manifest says that the weights are stored: that of the first floating
/// input.
std::string stored_dtype(const ModuleSpec& spec) {
  const auto input =
      std::find_if(spec.inputs.begin(), spec.inputs.end(), [](const TensorSpec& tensor) {
        return !tensor.shape.empty() && tensor.dtype.find("float") != std::string::npos;
      });
  return input == spec.inputs.end() ? "float32" : input->dtype;
}

torch::ScalarType scalar_type(const std::string& dtype) {
  if (dtype == "float16") {
    return torch::kHalf;
  }
  return dtype == "bfloat16" ? torch::kBFloat16 : torch::kFloat;
}

void check_signature(const std::string& where,
                     const ModuleSpec& spec,
                     const torch::jit::Module& module) {
  const auto method = module.find_method("forward");
  const std::size_t expected = spec.inputs.size();
  const std::size_t found = method ? method->function().getSchema().arguments().size() - 1 : 0;
  if (found != expected) {
    throw Error(ExitCode::bundle,
                where + "expected forward() with " + std::to_string(expected) + " inputs, found " +
                    (method ? std::to_string(found) : "no forward()") +
                    "; export the bundle again");
  }
  const std::string dtype = stored_dtype(spec);
  for (const auto& parameter : module.named_parameters()) {
    if (parameter.value.scalar_type() != scalar_type(dtype)) {
      throw Error(ExitCode::bundle,
                  where + "wrong dtype: the manifest says " + dtype + ", " + parameter.name +
                      " is " + c10::toString(parameter.value.scalar_type()) +
                      "; export the bundle again");
    }
  }
}

torch::jit::Module load_archive(const fs::path& path, const std::string& where) {
  check_archive_code(path);
  try {
    return torch::jit::load(path.string(), torch::kCPU, /*load_debug_files=*/false);
  } catch (const c10::Error& error) {
    throw Error(ExitCode::bundle, where + "cannot be loaded: " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw Error(ExitCode::bundle, where + "cannot be loaded: " + error.what());
  }
}

// Note [Channels last]
// oneDNN's convolutions of the small images of these networks are 10 to 40 % faster with a pixel's
// channels next to each other, and then tokens of attention and rows of frames are views of the
// same memory, where the plain layout copies. A convolution hands on the layout of its weight, so
// laying out the weights is enough. Other networks may ask for the plain layout by their reshapes,
// and CUDA's group norm has no other.
bool runs_channels_last(std::string_view name, Device device) {
  return device.kind == DeviceKind::cpu &&
         (name == "unet" || name == "vae_encoder" || name == "vae_decoder");
}

void lay_out_channels_last(torch::jit::Module& module) {
  const torch::InferenceMode inference(false);
  for (torch::Tensor weight : module.parameters()) {
    if (weight.dim() == 4) {
      weight.set_data(weight.detach().contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
}

std::string module_text(const fs::path& folder, const std::string& name, const ModuleSpec& spec) {
  return (folder / spec.file).string() + ": module " + name + ": ";
}

}  // namespace

Bundle::Bundle(fs::path folder, Manifest manifest, std::string hash)
    : folder_(std::move(folder)), manifest_(std::move(manifest)), hash_(std::move(hash)) {}

Bundle Bundle::open(const fs::path& folder) {
  Manifest manifest = read_manifest(folder);
  FileHashes hashes;
  for (const auto& [name, spec] : manifest.modules) {
    const fs::path path = module_path(folder, name, spec);
    check_hash(path, name, spec, hashes.sha256(path));
  }
  return {folder, std::move(manifest), sha256_file(folder / "manifest.json")};
}

Module Bundle::read_network(std::string_view name, Device device, Precision precision) const {
  const auto found = manifest_.modules.find(std::string(name));
  require(found != manifest_.modules.end(), "a bundle has the modules of kModuleNames");
  const ModuleSpec& spec = found->second;
  const std::string where = module_text(folder_, found->first, spec);
  torch::jit::Module module = load_archive(module_path(folder_, found->first, spec), where);
  check_signature(where, spec, module);
  try {
    module.eval();
    module.to(torch_device(device), torch_dtype(precision));
    if (runs_channels_last(name, device)) {
      lay_out_channels_last(module);
      replace_group_norms(module);
    }
  } catch (const std::exception& error) {
    throw Error(ExitCode::device,
                where + "cannot be moved to " + device_text(device) + " (" +
                    std::to_string(spec.bytes >> 20U) + " MiB): " + error.what());
  }
  logger().debug("loaded {} on {} in {}", name, device_text(device), precision_text(precision));
  return Module(std::make_shared<Module::Impl>(
      Module::Impl{std::string(name), spec, device, precision, std::move(module)}));
}

Bundle::Kept& Bundle::kept(std::string_view name, Device device, Precision precision) const {
  Kept& kept = (*kept_)[std::string(name)];
  const auto is_other = [&](const std::optional<Module>& module) {
    return module && (module->device() != device || module->precision() != precision);
  };
  if (is_other(kept.network) || is_other(kept.compiled)) {
    kept = {};  // before the next one is loaded: both may not fit
  }
  return kept;
}

Module Bundle::load(std::string_view name, Device device, Precision precision) const {
  if (!kept_) {
    return read_network(name, device, precision);
  }
  Kept& entry = kept(name, device, precision);
  if (!entry.network) {
    entry.network = read_network(name, device, precision);
  }
  return *entry.network;
}

Module Bundle::load_compiled(std::string_view name, Device device, Precision precision) const {
  if (!kept_) {
    return read_network(name, device, precision).compiled(folder_);
  }
  Kept& entry = kept(name, device, precision);
  if (!entry.compiled) {
    entry.compiled = load(name, device, precision).compiled(folder_);
  }
  return *entry.compiled;
}

std::uint64_t weight_bytes(const ModuleSpec& spec, Precision precision) {
  return spec.bytes / c10::elementSize(scalar_type(stored_dtype(spec))) * value_bytes(precision);
}

void Bundle::keep_networks() {
  kept_ = std::make_shared<std::map<std::string, Kept>>();
}

void Bundle::verify() const {
  for (const auto& [name, spec] : manifest_.modules) {
    const fs::path path = module_path(folder_, name, spec);
    check_hash(path, name, spec, sha256_file(path));
    const std::string where = module_text(folder_, name, spec);
    check_signature(where, spec, load_archive(path, where));
  }
}

}  // namespace hyportrait::nn
