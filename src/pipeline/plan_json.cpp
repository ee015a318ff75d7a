// SPDX-License-Identifier: Apache-2.0
#include "pipeline/plan_json.h"

#include "core/animate_options.h"
#include "diffusion/denoise.h"
#include "pipeline/history.h"
#include "pipeline/sample.h"

#include <algorithm>

namespace hyportrait::pipeline {
namespace {

using Json = nlohmann::ordered_json;

const char* kind_text(nn::BundleKind kind) {
  switch (kind) {
    case nn::BundleKind::demo:
      return "demo";
    case nn::BundleKind::official:
      return "official";
    case nn::BundleKind::seeded:
      break;
  }
  return "seeded";
}

Json sampler_json(const nn::BundleConfig& config) {
  return {{"steps", config.sampler.steps},
          {"sigma_min", config.sampler.sigma_min},
          {"sigma_max", config.sampler.sigma_max},
          {"rho", config.sampler.rho},
          {"appearance_guidance", {config.guidance.appearance.min, config.guidance.appearance.max}},
          {"motion_guidance", {config.guidance.motion.min, config.guidance.motion.max}},
          {"guidance_until", config.guidance.until},
          {"window", config.window.frames},
          {"overlap", config.window.overlap},
          {"shift", config.window.shift},
          {"padding", config.window.padding},
          {"noise", config.noise == nn::NoiseKind::shared ? "shared" : "per_frame"},
          {"pose_image", config.pose_image == nn::PoseImageKind::black ? "black" : "landmarks"},
          {"decode_chunk", config.decode_chunk}};
}

/// What is free decides on a GPU only: a plan for the CPU is the same whatever else runs there.
Json memory_json(const Plan& plan) {
  const MemoryPlan& memory = plan.memory;
  const bool decides = plan.options.memory_budget || plan.device.kind == nn::DeviceKind::cuda;
  return {{"budget_bytes", decides ? Json(memory.budget) : Json()},
          {"denoise_bytes", memory.denoise},
          {"decode_bytes", memory.decode},
          {"batch", batch_json(memory.batch)}};
}

}  // namespace

Json batch_json(const diffusion::Batch& batch) {
  return {{"windows", batch.windows}, {"branches", batch.branches_apart ? "apart" : "together"}};
}

Json to_json(const Plan& plan, const nn::Bundle& bundle) {
  const nn::Manifest& manifest = bundle.manifest();
  const media::VideoInfo& clip = plan.clip;
  return {{"ref", plan.options.ref.string()},
          {"drive", plan.options.drive.string()},
          {"output", plan.output.string()},
          {"bundle",
           {{"name", manifest.name},
            {"kind", kind_text(manifest.kind)},
            {"folder", bundle.folder().string()},
            {"sha256", bundle.hash()}}},
          {"device", nn::device_text(plan.device)},
          {"dtype", nn::precision_text(plan.precision)},
          {"engine", engine_text(plan.options.engine)},
          {"image_size", plan.config.image_size},
          {"seed", plan.options.seed},
          {"sampler", sampler_json(plan.config)},
          {"memory", memory_json(plan)},
          {"portrait", {{"width", plan.portrait.width}, {"height", plan.portrait.height}}},
          {"clip",
           {{"width", clip.width},
            {"height", clip.height},
            {"frame_rate", clip.frame_rate.value()},
            {"variable_frame_rate", clip.variable_frame_rate},
            {"codec", clip.codec},
            {"pixel_format", clip.pixel_format},
            {"colour", clip.colour},
            {"rotation_degrees", clip.rotation_degrees},
            {"audio", clip.has_audio}}},
          {"picture", {{"width", plan.picture.width}, {"height", plan.picture.height}}},
          {"options", to_config(plan.options)}};
}

std::string speed_key(const Plan& plan, const nn::Bundle& bundle) {
  return bundle.hash().substr(0, 16) + " " + nn::device_text(plan.device) + " " +
         nn::precision_text(plan.precision) + " " + std::to_string(plan.config.image_size) + " " +
         engine_text(plan.options.engine);
}

Json estimate(const Plan& plan, const nn::Bundle& bundle, std::int64_t frames) {
  const nn::BundleConfig& config = plan.config;
  const std::int64_t padded = frames + std::int64_t{2} * config.window.padding;
  const auto windows =
      static_cast<std::int64_t>(diffusion::windows_of_step(padded, config.window, 0).size());
  const std::int64_t window_steps = windows * config.sampler.steps;
  const std::int64_t branch_steps = diffusion::branch_steps(padded, denoise_options(config));
  const std::uint64_t side =
      static_cast<std::uint64_t>(config.image_size / config.latent.downsample);
  const std::uint64_t latents =
      static_cast<std::uint64_t>(padded) * config.latent.channels * side * side * 4;
  const std::uint64_t tokens = static_cast<std::uint64_t>(frames) * config.tokens.count *
                               config.tokens.width * nn::value_bytes(plan.precision);
  std::uint64_t largest = 0;
  for (const auto& [name, module] : bundle.manifest().modules) {
    largest = std::max(largest, module.bytes);
  }
  Json work = {{"frames", frames},
               {"padded_frames", padded},
               {"windows_per_step", windows},
               {"branches", diffusion::most_branches(config.guidance, config.sampler.steps).size()},
               {"unet_calls", window_steps},
               {"branch_steps", branch_steps},
               {"latent_bytes", latents},
               {"token_bytes", tokens},
               {"largest_network_bytes", largest},
               {"seconds", nullptr}};
  if (const auto speed = past_speed(speed_key(plan, bundle))) {
    work["seconds"] = speed->branch_step_seconds * static_cast<double>(branch_steps) +
                      speed->frame_seconds * static_cast<double>(frames);
  }
  return work;
}

}  // namespace hyportrait::pipeline
