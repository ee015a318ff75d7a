// SPDX-License-Identifier: Apache-2.0
#include "options/animate_options.h"
#include "report/report_json.h"

namespace hyportrait {
namespace {

Json json_of(const GuidanceScale& scale) {
  return {scale.first, scale.last};
}

Json json_of(const SamplerFacts& sampler) {
  return {{"steps", sampler.steps},
          {"sigma_min", sampler.sigma_min},
          {"sigma_max", sampler.sigma_max},
          {"rho", sampler.rho},
          {"appearance_guidance", json_of(sampler.appearance_guidance)},
          {"motion_guidance", json_of(sampler.motion_guidance)},
          {"guidance_until", sampler.guidance_until},
          {"window", sampler.window},
          {"overlap", sampler.overlap},
          {"shift", sampler.shift},
          {"padding", sampler.padding},
          {"noise", sampler.noise},
          {"pose_image", sampler.pose_image},
          {"decode_chunk", sampler.decode_chunk}};
}

Json json_of(const BundleName& bundle) {
  return {{"name", bundle.name},
          {"kind", bundle.kind},
          {"folder", bundle.folder.string()},
          {"sha256", bundle.sha256}};
}

}  // namespace

Json json_of(const PixelSize& size) {
  return {{"width", size.width}, {"height", size.height}};
}

Json json_of(const ClipFacts& clip) {
  return {{"width", clip.size.width},
          {"height", clip.size.height},
          {"frame_rate", clip.frame_rate},
          {"variable_frame_rate", clip.variable_frame_rate},
          {"codec", clip.codec},
          {"pixel_format", clip.pixel_format},
          {"colour", clip.colour},
          {"rotation_degrees", clip.rotation_degrees},
          {"audio", clip.has_audio}};
}

Json json_of(const BatchShape& batch) {
  return {{"windows", batch.windows}, {"branches", batch.branches_apart ? "apart" : "together"}};
}

Json json_of(const MemoryEstimate& memory) {
  return {{"budget_bytes", or_null(memory.budget_bytes)},
          {"denoise_bytes", or_null(memory.denoise_bytes)},
          {"decode_bytes", or_null(memory.decode_bytes)},
          {"batch", json_of(memory.batch)}};
}

Json json_of(const RunPlan& plan) {
  return {{"ref", plan.options.face.ref.string()},
          {"drive", plan.options.face.drive.string()},
          {"output", plan.output.string()},
          {"bundle", json_of(plan.bundle)},
          {"device", plan.device},
          {"dtype", plan.dtype},
          {"engine", engine_text(plan.engine)},
          {"image_size", plan.image_size},
          {"seed", plan.options.seed},
          {"sampler", json_of(plan.sampler)},
          {"memory", json_of(plan.memory)},
          {"portrait", json_of(plan.portrait)},
          {"clip", json_of(plan.clip)},
          {"picture", json_of(plan.picture)},
          {"options", to_config(plan.options)}};
}

Json json_of(const WorkEstimate& work) {
  return {{"frames", work.frames},
          {"padded_frames", work.padded_frames},
          {"windows_per_step", work.windows_per_step},
          {"branches", work.branches},
          {"unet_calls", work.unet_calls},
          {"branch_steps", work.branch_steps},
          {"latent_bytes", work.latent_bytes},
          {"token_bytes", work.token_bytes},
          {"largest_network_bytes", work.largest_network_bytes},
          {"disk_bytes", work.disk_bytes},
          {"seconds", or_null(work.seconds)}};
}

Json json_of(const PlanParts& parts) {
  return {{"ref", parts.ref},
          {"drive", parts.drive},
          {"noise", parts.noise},
          {"pose_drive", parts.pose_drive},
          {"bundle", parts.bundle},
          {"version", parts.version},
          {"options", parts.options}};
}

Json json_of(const PlannedRun& planned) {
  Json json = json_of(planned.plan);
  json["work"] = json_of(planned.work);
  json["warnings"] = planned.plan.warnings;
  json["plan_hash"] = planned.plan_hash;
  return json;
}

}  // namespace hyportrait
