// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"
#include "parity/cases.h"

#include <torch/types.h>

namespace hyportrait::parity {
namespace {

/// A 0/1 array as the list of flags that the U-Net takes.
c10::List<bool> flags(const torch::Tensor& array) {
  c10::List<bool> list;
  for (std::int64_t i = 0; i < array.numel(); ++i) {
    list.push_back(array[i].item<std::uint8_t>() != 0);
  }
  return list;
}

/// Inputs `0`, `1`, ... -> `output`.
Arrays run_module(const std::string& name, const Arrays& in, const std::filesystem::path& folder) {
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::Module module = bundle.load(name, {}, stored_precision(bundle, name));
  return {{"output", module(module_inputs(module, in)).to(torch::kFloat).clone()}};
}

/// What the networks make of the portrait.
Arrays portrait(const Arrays& in, const std::filesystem::path& folder) {
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::Module appearance =
      bundle.load("appearance", {}, stored_precision(bundle, "appearance"));
  const nn::Module vae_encoder = bundle.load("vae_encoder", {}, nn::Precision::fp32);
  const torch::Tensor identity = conditions::unit_length(in.at("arcface"));
  return {{"image_context", appearance({in.at("dino_input"), identity}).to(torch::kFloat)},
          {"image_latents", vae_encoder({in.at("image")})}};
}

}  // namespace

std::vector<c10::IValue> module_inputs(const nn::Module& module, const Arrays& in) {
  std::vector<c10::IValue> inputs;
  for (std::size_t i = 0; i < module.spec().inputs.size(); ++i) {
    const torch::Tensor& array = in.at(std::to_string(i));
    inputs.push_back(module.spec().inputs[i].dtype == "bool" ? c10::IValue(flags(array))
                                                             : c10::IValue(array));
  }
  return inputs;
}

nn::Precision stored_precision(const nn::Bundle& bundle, const std::string& name) {
  const std::string& dtype = bundle.manifest().modules.at(name).inputs.front().dtype;
  if (dtype == "float16") {
    return nn::Precision::fp16;
  }
  return dtype == "bfloat16" ? nn::Precision::bf16 : nn::Precision::fp32;
}

void add_module_cases(Cases& cases) {
  for (const char* name : nn::kModuleNames) {
    cases[std::string("module:") + name] = [name](const Arrays& in,
                                                  const std::filesystem::path& folder) {
      return run_module(name, in, folder);
    };
  }
  cases["portrait"] = portrait;
}

}  // namespace hyportrait::parity
