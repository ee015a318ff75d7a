// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_facts.h"

#include "diffusion/denoise.h"
#include "diffusion/noise.h"
#include "options/animate_options.h"
#include "plan/default_bundle.h"
#include "plan/history.h"

#include <algorithm>

namespace hyportrait::plan {
namespace {

// Bytes a pixel of a still, flat picture: H.264 at --crf 17, PNG.
constexpr double kVideo = 0.002;
constexpr double kPng = 0.02;

SamplerFacts sampler_facts(const nn::BundleConfig& config) {
  return {.steps = config.sampler.steps,
          .sigma_min = config.sampler.sigma_min,
          .sigma_max = config.sampler.sigma_max,
          .rho = config.sampler.rho,
          .appearance_guidance = {config.guidance.appearance.min, config.guidance.appearance.max},
          .motion_guidance = {config.guidance.motion.min, config.guidance.motion.max},
          .guidance_until = config.guidance.until,
          .window = config.window.frames,
          .overlap = config.window.overlap,
          .shift = config.window.shift,
          .padding = config.window.padding,
          .noise = config.noise == nn::NoiseKind::shared ? "shared" : "per_frame",
          .pose_image = config.pose_image == nn::PoseImageKind::black ? "black" : "landmarks",
          .decode_chunk = config.decode_chunk};
}

/// What is free decides on a GPU only: a plan for the CPU is the same whatever else runs there.
MemoryEstimate memory_facts(const Plan& plan) {
  const MemoryPlan& memory = plan.memory;
  const bool decides = plan.options.memory_budget || plan.device.kind == nn::DeviceKind::cuda;
  return {.budget_bytes = decides ? std::optional(memory.budget) : std::nullopt,
          .denoise_bytes = memory.denoise,
          .decode_bytes = memory.decode,
          .batch = memory.batch};
}

}  // namespace

RunPlan facts_of(const Plan& plan, const nn::Bundle& bundle) {
  const nn::Manifest& manifest = bundle.manifest();
  return {.options = plan.options,
          .output = plan.output,
          .bundle = {.name = manifest.name,
                     .kind = kind_text(manifest.kind),
                     .folder = bundle.folder(),
                     .sha256 = bundle.hash()},
          .device = nn::device_text(plan.device),
          .dtype = nn::precision_text(plan.precision),
          .engine = plan.engine,
          .image_size = plan.config.image_size,
          .sampler = sampler_facts(plan.config),
          .memory = memory_facts(plan),
          .portrait = plan.portrait,
          .clip = media::clip_facts(plan.clip),
          .picture = plan.picture,
          .warnings = plan.warnings};
}

std::string speed_key(const Plan& plan, const nn::Bundle& bundle) {
  return bundle.hash().substr(0, 16) + " " + nn::device_text(plan.device) + " " +
         nn::precision_text(plan.precision) + " " + std::to_string(plan.config.image_size) + " " +
         engine_text(plan.engine);
}

DiskNeed disk_need(const Plan& plan, std::int64_t frames) {
  const diffusion::LatentShape shape = diffusion::latent_shape(frames, plan.config);
  const std::uint64_t latents =
      static_cast<std::uint64_t>(shape[0] * shape[1] * shape[2] * shape[3]) * sizeof(float);
  const double pixels = static_cast<double>(plan.picture.width) * plan.picture.height *
                        static_cast<double>(std::max<std::int64_t>(frames, 0));
  DiskNeed need{.beside_output = 2 * latents + static_cast<std::uint64_t>(pixels * kVideo)};
  if (!plan.options.frames_dir.empty()) {
    need.in_frames_dir = static_cast<std::uint64_t>(pixels * kPng);
  }
  return need;
}

WorkEstimate estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames) {
  const nn::BundleConfig& config = plan.config;
  const std::int64_t padded = frames + std::int64_t{2} * config.window.padding;
  const auto side = static_cast<std::uint64_t>(config.image_size / config.latent.downsample);
  WorkEstimate work{.frames = frames, .padded_frames = padded};
  work.windows_per_step =
      static_cast<std::int64_t>(diffusion::windows_of_step(padded, config.window, 0).size());
  work.branches =
      static_cast<int>(diffusion::most_branches(config.guidance, config.sampler.steps).size());
  work.unet_calls = work.windows_per_step * config.sampler.steps;
  work.branch_steps = diffusion::branch_steps(padded, diffusion::denoise_options(config));
  work.latent_bytes =
      static_cast<std::uint64_t>(padded) * config.latent.channels * side * side * sizeof(float);
  work.token_bytes = static_cast<std::uint64_t>(frames) * config.tokens.count *
                     config.tokens.width * nn::value_bytes(plan.precision);
  for (const auto& [name, module] : bundle.manifest().modules) {
    work.largest_network_bytes = std::max(work.largest_network_bytes, module.bytes);
  }
  const DiskNeed disk = disk_need(plan, frames);
  work.disk_bytes = disk.beside_output + disk.in_frames_dir;
  if (const auto speed = past_speed(speed_key(plan, bundle))) {
    work.seconds = speed->branch_step_seconds * static_cast<double>(work.branch_steps) +
                   speed->frame_seconds * static_cast<double>(frames);
  }
  return work;
}

}  // namespace hyportrait::plan
