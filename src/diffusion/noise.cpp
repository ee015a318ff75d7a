// SPDX-License-Identifier: Apache-2.0
#include "diffusion/noise.h"

#include <hyportrait/error.h>

#include "base/safetensors.h"
#include "diffusion/schedule.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include <cstring>
#include <string>
#include <vector>

namespace hyportrait::diffusion {
namespace {

std::string shape_text(c10::IntArrayRef shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += (text.empty() ? "" : "x") + std::to_string(size);
  }
  return text.empty() ? "scalar" : text;
}

void check_is_one(const std::filesystem::path& path, const SafeTensors& arrays) {
  if (arrays.size() != 1) {
    throw Error(
        ExitCode::input,
        path.string() + ": expected one array of noise, found " + std::to_string(arrays.size()));
  }
}

void check(const std::filesystem::path& path, const SafeTensors& arrays, const LatentShape& shape) {
  check_is_one(path, arrays);
  const SafeTensor& array = arrays.begin()->second;
  if (array.dtype != "F32" || c10::IntArrayRef(array.shape) != c10::IntArrayRef(shape)) {
    throw Error(ExitCode::input,
                path.string() + ": expected noise F32 " + shape_text(shape) +
                    " (frames with the padding before and after, channels, height, width), found " +
                    array.dtype + ' ' + shape_text(array.shape));
  }
}

}  // namespace

LatentShape latent_shape(std::int64_t frames, const nn::BundleConfig& config) {
  const std::int64_t side = config.image_size / config.latent.downsample;
  return {frames + std::int64_t{2} * config.window.padding, config.latent.channels, side, side};
}

torch::Tensor initial_latents(const torch::Tensor& latent,
                              const torch::Tensor& noise,
                              const nn::BundleConfig& config) {
  const torch::Tensor scaled = latent.to(torch::kFloat) * config.latent.scale;
  return add_noise(
      scaled, noise.to(scaled.device()), karras_schedule(config.sampler).sigmas.front());
}

torch::Tensor make_noise(std::uint64_t seed, nn::NoiseKind kind, const LatentShape& shape) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const bool shared = kind == nn::NoiseKind::shared;
  LatentShape drawn = shape;
  drawn[0] = shared ? 1 : shape[0];
  return torch::randn(drawn, generator, torch::kFloat).expand(shape);
}

std::int64_t noise_frames(const std::filesystem::path& path) {
  const SafeTensors arrays = read_safetensors_header(path).arrays;
  check_is_one(path, arrays);
  const std::vector<std::int64_t>& shape = arrays.begin()->second.shape;
  return shape.empty() ? 0 : shape.front();
}

torch::Tensor read_noise(const std::filesystem::path& path, const LatentShape& shape) {
  const SafeTensors arrays = read_safetensors(
      path, [&](const SafeTensorsHeader& header) { check(path, header.arrays, shape); });
  const SafeTensor& array = arrays.begin()->second;
  torch::Tensor noise = torch::empty(shape, torch::kFloat);
  std::memcpy(noise.mutable_data_ptr(), array.bytes.data(), array.bytes.size());
  if (!torch::isfinite(noise).all().item<bool>()) {
    throw Error(ExitCode::input,
                path.string() +
                    ": holds numbers that are not finite (NaN or infinite); make the "
                    "noise again");
  }
  return noise;
}

}  // namespace hyportrait::diffusion
