// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/bench.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "bench/peak.h"
#include "bench/samples.h"
#include "bench/stages.h"
#include "core/animate_options.h"
#include "core/stage_timer.h"
#include "latents/decode.h"
#include "pipeline/default_bundle.h"
#include "pipeline/memory.h"

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>
#include <torch/version.h>

namespace hyportrait {
namespace bench {
namespace {

using Json = nlohmann::ordered_json;

void check(const BenchOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ExitCode::usage, what); };
  if (options.size && (*options.size < 64 || *options.size > 4096 || *options.size % 64 != 0)) {
    refuse("--size: expected a multiple of 64, from 64 to 4096");
  }
  if (options.frames < 1 || options.repeat < 1 || options.warm_up < 0) {
    refuse("--frames and --repeat: expected 1 or more; --warm-up: 0 or more");
  }
  if (options.steps && *options.steps < 1) {
    refuse("--steps: expected 1 or more");
  }
}

Setting resolve(const BenchOptions& options, const nn::Bundle& bundle, const RunHooks& hooks) {
  Setting setting{.bundle = bundle,
                  .hooks = hooks,
                  .device = nn::resolve_device(options.device),
                  .engine = options.engine,
                  .config = bundle.manifest().config,
                  .frames = options.frames,
                  .warm_up = options.warm_up,
                  .repeat = options.repeat};
  setting.precision = nn::resolve_precision(options.dtype, setting.device);
  setting.config.image_size = options.size.value_or(setting.config.image_size);
  setting.config.sampler.steps = options.steps.value_or(setting.config.sampler.steps);
  return setting;
}

pipeline::MemoryPlan plan_memory_of(const Setting& setting, const BenchOptions& options) {
  const nn::Module decoder = setting.bundle.load("vae_decoder", setting.device, setting.precision);
  return pipeline::plan_memory({.device = setting.device,
                                .precision = setting.precision,
                                .engine = setting.engine,
                                .config = setting.config,
                                .frames = setting.frames,
                                .budget = options.memory_budget,
                                .decoder_width = latents::decoder_width(decoder)},
                               setting.bundle.manifest(),
                               nn::memory_facts(setting.device));
}

template <class Result>
Json stage_json(const Timed<Result>& timed) {
  Json json = to_json(timed.samples);
  json["load_seconds"] = timed.load_seconds;
  return json;
}

Json unet_json(const Sampled& sampled, const Setting& setting) {
  const double peak = matmul_peak(setting.device, setting.precision);
  const double rate = sampled.flop / median(sampled.window_steps);
  Json json = {{"window_step", to_json(sampled.window_steps)},
               {"window_step_tflop", sampled.flop / 1e12},
               {"tflop_per_second", rate / 1e12},
               {"matmul_tflop_per_second", peak / 1e12},
               {"share_of_matmul", rate / peak},
               {"batch_windows", sampled.batch.windows},
               {"branches", sampled.batch.branches_apart ? "apart" : "together"}};
  return json;
}

Json setting_json(const Setting& setting) {
  const nn::BundleConfig& config = setting.config;
  const std::int64_t padded = setting.frames + std::int64_t{2} * config.window.padding;
  const auto windows = diffusion::windows_of_step(padded, config.window, 0).size();
  const nn::Manifest& manifest = setting.bundle.manifest();
  return {{"hyportrait", HYPORTRAIT_VERSION},
          {"libtorch", TORCH_VERSION},
          {"bundle", {{"name", manifest.name}, {"sha256", setting.bundle.hash()}}},
          {"device", nn::device_text(setting.device)},
          {"device_name", nn::device_name(setting.device)},
          {"threads", at::get_num_threads()},
          {"dtype", nn::precision_text(setting.precision)},
          {"engine", engine_text(setting.engine)},
          {"image_size", config.image_size},
          {"frames", setting.frames},
          {"padded_frames", padded},
          {"steps", config.sampler.steps},
          {"windows_per_step", windows},
          {"window", config.window.frames},
          {"branches", diffusion::most_branches(config.guidance, config.sampler.steps).size()},
          {"warm_up", setting.warm_up},
          {"repeat", setting.repeat}};
}

}  // namespace
}  // namespace bench

std::string run_bench(const BenchOptions& options, const RunHooks& hooks) {
  using namespace bench;
  check(options);
  const nn::Bundle bundle = pipeline::open_bundle(options.bundle);
  Setting setting = resolve(options, bundle, hooks);
  const pipeline::MemoryPlan memory = plan_memory_of(setting, options);
  setting.batch = memory.batch;

  const auto appearance = time_appearance(setting);
  const auto motion = time_motion(setting);
  const auto denoise = time_denoise(setting, appearance.result, motion.result);
  const auto decode = time_decode(setting, denoise.result.latents);

  Json report = setting_json(setting);
  report["stages"] = {{"appearance", stage_json(appearance)},
                      {"motion", stage_json(motion)},
                      {"denoise", stage_json(denoise)},
                      {"decode", stage_json(decode)}};
  report["unet"] = unet_json(denoise.result, setting);
  const double seconds = median(denoise.samples) + median(decode.samples);
  report["frames_per_second"] = static_cast<double>(decode.result) / seconds;
  report["memory_plan"] = {{"budget_bytes", memory.budget},
                           {"denoise_bytes", memory.denoise},
                           {"decode_bytes", memory.decode}};
  report["peak_host_bytes"] = peak_host_memory();
  report["peak_device_bytes"] =
      setting.device.kind == nn::DeviceKind::cuda ? nn::memory_facts(setting.device).peak : 0;
  return report.dump(2);
}

}  // namespace hyportrait
