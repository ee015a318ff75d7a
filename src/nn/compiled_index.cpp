// SPDX-License-Identifier: Apache-2.0
#include "nn/compiled_index.h"

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/shown_text.h"

#include <torch/version.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace hyportrait::nn {
namespace {

CompiledMachine machine_of(const nlohmann::json& index) {
  const nlohmann::json& gpu = index.at("gpu");
  return {.torch = index.at("torch").get<std::string>(),
          .processor = index.at("processor").get<std::set<std::string>>(),
          .gpu = gpu.is_null() ? "" : gpu.get<std::string>()};
}

}  // namespace

bool CompiledPackage::fits(const CompiledCall& call) const {
  return flags == call.flags && !shapes.empty() && shapes.front() == call.latents;
}

CompiledIndex read_compiled_index(const std::filesystem::path& path) {
  const nlohmann::json json = read_json(path, ExitCode::bundle);
  CompiledIndex index;
  try {
    index.machine = machine_of(json);
    for (const auto& [name, weight] : json.at("weights").items()) {
      index.weights[name] = {weight.at("of").get<std::vector<std::string>>(),
                             weight.at("strides").get<std::vector<std::int64_t>>()};
    }
    for (const nlohmann::json& entry : json.at("packages")) {
      index.packages.push_back(
          {.file = entry.at("file").get<std::string>(),
           .flags = entry.at("flags").get<std::vector<std::vector<bool>>>(),
           .shapes = entry.at("shapes").get<std::vector<std::vector<std::int64_t>>>(),
           .passed = entry.at("check").at("passed").get<bool>()});
    }
  } catch (const nlohmann::json::exception&) {
    throw Error(
        ExitCode::bundle,
        path.string() +
            ": not what this version's hyportrait-export compile writes; delete the folder");
  }
  return index;
}

CompiledMachine this_machine(Device device) {
  const std::string version = TORCH_VERSION;
  CompiledMachine machine{.torch = version.substr(0, version.find('+')),
                          .gpu = gpu_generation(device)};
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) {
      std::istringstream words(line.substr(line.find(':') + 1));
      for (std::string word; words >> word;) {
        machine.processor.insert(word);
      }
      break;
    }
  }
  return machine;
}

std::string why_unfit(const CompiledIndex& index,
                      const CompiledMachine& machine,
                      const std::vector<CompiledCall>& calls) {
  const CompiledMachine& made_for = index.machine;
  if (made_for.torch != machine.torch) {
    return "was compiled with torch " + made_for.torch + ", this is LibTorch " + machine.torch;
  }
  if (made_for.gpu != machine.gpu) {
    return "was compiled for a GPU of " + made_for.gpu + ", this one is " + machine.gpu;
  }
  for (const std::string& instruction : made_for.processor) {
    if (!machine.processor.contains(instruction)) {
      return "was compiled on a processor with " + instruction + ", which this one lacks";
    }
  }
  for (const CompiledCall& call : calls) {
    const auto found = std::ranges::find_if(
        index.packages, [&](const CompiledPackage& package) { return package.fits(call); });
    if (found == index.packages.end()) {
      return "is not compiled for latents of " + shape_text(call.latents) + " in " +
             std::to_string(call.flags.empty() ? 1 : call.flags.front().size()) + " such branches";
    }
    if (!found->passed) {
      return "was compiled, but " + found->file +
             " is not used: its results differed from TorchScript's when it was compiled";
    }
  }
  return "";
}

}  // namespace hyportrait::nn
