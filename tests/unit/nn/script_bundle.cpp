// SPDX-License-Identifier: Apache-2.0
#include "unit/nn/script_bundle.h"

#include "base/sha256.h"
#include "nn/manifest.h"

#include <torch/script.h>

#include <fstream>

namespace hyportrait::test {

using nlohmann::json;

json tensor_entry(const std::string& name, const json& shape, const std::string& dtype) {
  return {{"name", name}, {"dtype", dtype}, {"shape", shape}};
}

ScriptBundle::ScriptBundle(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  manifest = json::parse(R"({
    "format": 1, "name": "script", "kind": "seeded", "licence": "none", "provenance": "a test",
    "modules": {},
    "config": {
      "image_size": 64, "latent": {"channels": 4, "scale": 0.5, "downsample": 8},
      "tokens": {"count": 2, "width": 8},
      "detector": {"min_side": 64, "multiple": 32, "keep_aspect": false, "score": 0.5, "nms_iou": 0.45},
      "crop": {"portrait_expand": 1.0, "face_toward_box": 0.45, "motion_size": 16},
      "motion": {"buckets": 128, "bucket_frames": 3, "translation_scale": 0.5},
      "window": {"frames": 4, "overlap": 1, "shift": 1, "padding": 2},
      "sampler": {"steps": 3, "sigma_min": 0.002, "sigma_max": 700.0, "rho": 7.0},
      "guidance": {"appearance": [2.0, 2.0], "motion": [2.0, 2.0]},
      "added_ids": [12.5, 0, 0], "noise": "shared", "pose_image": "black", "decode_chunk": 4
    }})");
  for (const char* name : nn::kModuleNames) {
    set_module(name,
               "def forward(self, x):\n  return x * self.weight\n",
               {tensor_entry("x", {-1})},
               {tensor_entry("y", {-1})});
  }
}

void ScriptBundle::set_module(const std::string& name,
                              const std::string& method,
                              const std::vector<json>& inputs,
                              const std::vector<json>& outputs,
                              const torch::Tensor& weight) {
  torch::jit::Module module("Network");
  module.register_parameter("weight", weight, /*is_buffer=*/false);
  module.define(method);
  module.save(file(name).string());
  manifest["modules"][name] = {{"file", name + ".pt"}, {"inputs", inputs}, {"outputs", outputs}};
}

void ScriptBundle::set_motion_modules() {
  const auto image = tensor_entry("crops", {-1, 3, 16, 16});
  set_module("expression",
             "def forward(self, x):\n  return x.mean([1, 2, 3]).unsqueeze(1)\n",
             {image},
             {tensor_entry("expression", {-1, 1})});
  set_module("head_pose",
             "def forward(self, x):\n  return torch.arange(1, 7).repeat([x.size(0), 1]).float()\n",
             {image},
             {tensor_entry("pose", {-1, 6})});
  set_module(
      "motion_refiner",
      "def forward(self, e, head, expression):\n"
      "  seen = torch.stack([e, torch.zeros_like(e) + head, torch.zeros_like(e) + e.size(0)], 2)\n"
      "  return seen.repeat([1, 2, 1])\n",
      {tensor_entry("e", {-1, 1}),
       tensor_entry("head", json::array(), "int64"),
       tensor_entry("expression", json::array(), "int64")},
      {tensor_entry("tokens", {-1, 2, 3})});
}

void ScriptBundle::write() {
  for (const char* name : nn::kModuleNames) {
    manifest["modules"][name]["sha256"] = sha256_file(file(name));
    manifest["modules"][name]["bytes"] = std::filesystem::file_size(file(name));
  }
  write_manifest_only();
}

void ScriptBundle::write_manifest_only() const {
  std::ofstream(folder_ / "manifest.json") << manifest.dump(1);
}

void flip_byte(const std::filesystem::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 1));
}

}  // namespace hyportrait::test
