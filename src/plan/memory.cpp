// SPDX-License-Identifier: Apache-2.0
#include "plan/memory.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "base/shown_text.h"
#include "diffusion/unet_cost.h"
#include "nn/bundle.h"
#include "vae/vae.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace hyportrait::plan {
namespace {

// Beside networks and features: the program and LibTorch (CPU); cuDNN's and cuBLAS's workspaces.
constexpr std::uint64_t kProgramBytes = std::uint64_t{512} << 20;
constexpr std::uint64_t kWorkspaceBytes = std::uint64_t{256} << 20;
// Latents of the whole clip that a step holds: its own, the windows' sum and their mean.
constexpr std::uint64_t kClipLatents = 3;
// An allocator does not fill its blocks: a tenth is left over.
constexpr std::uint64_t kMarginPart = 10;

std::uint64_t resident_weights(const nn::Manifest& manifest, const MemoryRequest& request) {
  std::uint64_t sum = 0;
  for (const auto& [name, spec] : manifest.modules) {
    const bool half = std::ranges::find(nn::kHalfModules, name) != nn::kHalfModules.end();
    sum += nn::weight_bytes(spec, half ? request.precision : nn::Precision::fp32);
  }
  return sum;
}

/// What a stage needs with the weights of its network, or of all of them in a batch.
std::uint64_t stage_bytes(const nn::Manifest& manifest,
                          const MemoryRequest& request,
                          const std::string& network,
                          std::uint64_t features) {
  const std::uint64_t weights =
      request.keeps_networks ? resident_weights(manifest, request)
                             : nn::weight_bytes(manifest.modules.at(network), request.precision);
  const std::uint64_t fixed =
      request.device.kind == nn::DeviceKind::cpu ? kProgramBytes : kWorkspaceBytes;
  return fixed + weights + features + features / kMarginPart;
}

std::int64_t padded_frames(const MemoryRequest& request) {
  return request.frames + 2 * static_cast<std::int64_t>(request.config.window.padding);
}

/// Windows of a step; 0 while the clip's length is unknown.
int windows_of_a_step(const MemoryRequest& request) {
  if (request.frames <= 0) {
    return 0;
  }
  return static_cast<int>(
      diffusion::windows_of_step(padded_frames(request), request.config.window, 0).size());
}

std::optional<std::uint64_t> denoise_bytes(const nn::Manifest& manifest,
                                           const MemoryRequest& request,
                                           const diffusion::Batch& batch) {
  const nn::BundleConfig& config = request.config;
  if (!config.unet) {
    return {};
  }
  diffusion::UnetCallSize size{
      .windows = batch.windows,
      .frames = config.window.frames,
      .side = config.image_size / config.latent.downsample,
      .branches = diffusion::max_branches(config.guidance, config.sampler.steps)};
  if (batch.branches_apart) {
    size.branches.resize(1);
  }
  const std::uint64_t features = diffusion::unet_call_bytes(*config.unet, size, request.precision);
  const std::int64_t latents =
      padded_frames(request) * config.latent.channels * size.side * size.side;
  return stage_bytes(manifest, request, "unet", features) +
         kClipLatents * static_cast<std::uint64_t>(latents) * sizeof(float);
}

std::optional<std::uint64_t> decode_bytes(const nn::Manifest& manifest,
                                          const MemoryRequest& request) {
  const nn::BundleConfig& config = request.config;
  if (!config.vae) {
    return {};
  }
  const std::uint64_t features =
      vae::decode_bytes(*config.vae, {config.decode_chunk, config.image_size}, request.precision);
  // Frames are finished while others are decoded. A GPU's memory has no part in it.
  const std::uint64_t pictures =
      request.device.kind == nn::DeviceKind::cpu ? request.picture_bytes : 0;
  return stage_bytes(manifest, request, "vae_decoder", features) + pictures;
}

/// What is not known fits.
bool exceeds(const std::optional<std::uint64_t>& bytes, std::uint64_t budget) {
  return bytes && *bytes > budget;
}

[[noreturn]] void refuse(const MemoryRequest& request,
                         const MemoryPlan& plan,
                         const std::string& what,
                         std::uint64_t bytes,
                         const std::string& option) {
  throw Error(ExitCode::device,
              nn::device_text(request.device) + ": " + what + " takes about " + size_text(bytes) +
                  ", and " +
                  (request.budget ? "--memory-budget allows " + size_text(plan.budget)
                                  : size_text(plan.budget) + " are free") +
                  "; lower --size or " + option + ", or allow more with --memory-budget");
}

}  // namespace

MemoryPlan plan_memory(const MemoryRequest& request,
                       const nn::Manifest& manifest,
                       const nn::MemoryFacts& free) {
  const nn::BundleConfig& config = request.config;
  MemoryPlan plan{.budget = request.budget ? request.budget->bytes : free.available + free.used};
  plan.decode = decode_bytes(manifest, request);
  const int windows = windows_of_a_step(request);
  const bool batches = request.engine == EngineKind::torchscript &&
                       (request.device.kind == nn::DeviceKind::cuda || request.budget);
  if (batches && !config.unet) {
    logger().info(
        "the memory that the U-Net takes is not known, for the manifest has no section 'unet' "
        "(docs/model-bundle.md): one window at a time");
  }
  int together = batches && config.unet ? std::max(windows, 1) : 1;
  while (together > 1 && exceeds(denoise_bytes(manifest, request, {together}), plan.budget)) {
    --together;
  }
  const int calls = std::max(1, (windows + together - 1) / together);
  plan.batch.windows = std::max(1, (windows + calls - 1) / calls);  // of even size
  plan.denoise = denoise_bytes(manifest, request, plan.batch);
  if (exceeds(plan.denoise, plan.budget)) {
    plan.batch.branches_apart = true;
    plan.denoise = denoise_bytes(manifest, request, plan.batch);
  }
  if (exceeds(plan.denoise, plan.budget)) {
    refuse(request, plan, "one window in one branch", *plan.denoise, "--window");
  }
  if (exceeds(plan.decode, plan.budget)) {
    refuse(request,
           plan,
           "decoding " + counted(config.decode_chunk, "frame") + " together",
           *plan.decode,
           request.picture_bytes > *plan.decode / 2 ? "--decode-chunk, scale the portrait down"
                                                    : "--decode-chunk");
  }
  return plan;
}

}  // namespace hyportrait::plan
