// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/bench.h>
#include <hyportrait/version.h>

#include "base/stage_timer.h"
#include "bench/peak.h"
#include "bench/samples.h"
#include "bench/stages.h"
#include "diffusion/unet_model.h"
#include "nn/compiled.h"
#include "options/tool_options.h"
#include "plan/default_bundle.h"
#include "plan/memory.h"
#include "run/one_run.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <optional>

namespace hyportrait {
namespace bench {
namespace {

Setting resolve(const BenchOptions& options, const nn::Bundle& bundle, const RunHooks& hooks) {
  Setting setting{.bundle = bundle,
                  .hooks = hooks,
                  .device = nn::resolve_device(options.device),
                  .config = bundle.manifest().config,
                  .frames = options.frames,
                  .warm_up = options.warm_up,
                  .repeat = options.repeat};
  setting.precision = nn::resolve_precision(options.dtype, setting.device);
  setting.config.image_size = options.size.value_or(setting.config.image_size);
  setting.config.sampler.steps = options.steps.value_or(setting.config.sampler.steps);
  setting.engine = nn::choose_engine(options.engine,
                                     {bundle.manifest().modules.at("unet").sha256,
                                      bundle.folder(),
                                      setting.device,
                                      setting.precision},
                                     diffusion::compiled_calls(setting.config, false));
  return setting;
}

plan::MemoryPlan plan_memory_of(const Setting& setting, const BenchOptions& options) {
  return plan::plan_memory({.device = setting.device,
                            .precision = setting.precision,
                            .engine = setting.engine,
                            .config = setting.config,
                            .frames = setting.frames,
                            .budget = options.memory_budget},
                           setting.bundle.manifest(),
                           nn::memory_facts(setting.device));
}

template <class Result>
StageTime stage_time(const char* name, const Timed<Result>& timed) {
  return {.stage = name, .seconds = figure_of(timed.samples), .load_seconds = timed.load_seconds};
}

UnetFigures unet_figures(const Sampled& sampled, const Setting& setting) {
  const double peak = matmul_peak(setting.device, setting.precision);
  const double seconds = median(sampled.window_steps);
  const auto flop_over = [&](double value) {
    return sampled.flop ? std::optional(*sampled.flop / value) : std::nullopt;
  };
  return {.window_step = figure_of(sampled.window_steps),
          .window_step_tflop = flop_over(1e12),
          .tflop_per_second = flop_over(1e12 * seconds),
          .matmul_tflop_per_second = peak / 1e12,
          .share_of_matmul = flop_over(peak * seconds),
          .batch = sampled.batch};
}

/// What is timed.
BenchReport begun_report(const Setting& setting) {
  const nn::BundleConfig& config = setting.config;
  const std::int64_t padded = setting.frames + std::int64_t{2} * config.window.padding;
  BenchReport report;
  report.version = HYPORTRAIT_VERSION;
  report.libtorch = TORCH_VERSION;
  report.bundle_name = setting.bundle.manifest().name;
  report.bundle_sha256 = setting.bundle.hash();
  report.device = nn::device_text(setting.device);
  report.device_name = nn::device_name(setting.device);
  report.threads = at::get_num_threads();
  report.dtype = nn::precision_text(setting.precision);
  report.engine = setting.engine;
  report.image_size = config.image_size;
  report.frames = setting.frames;
  report.padded_frames = padded;
  report.steps = config.sampler.steps;
  report.windows_per_step =
      static_cast<std::int64_t>(diffusion::windows_of_step(padded, config.window, 0).size());
  report.window = config.window.frames;
  report.branches =
      static_cast<int>(diffusion::most_branches(config.guidance, config.sampler.steps).size());
  report.warm_up = setting.warm_up;
  report.repeat = setting.repeat;
  return report;
}

}  // namespace
}  // namespace bench

BenchReport run_bench(const BenchOptions& options, const RunHooks& hooks) {
  using namespace bench;
  validate(options);
  const run::OneRun one("bench");
  const nn::Bundle bundle = plan::open_bundle(options.bundle);
  Setting setting = resolve(options, bundle, hooks);
  const plan::MemoryPlan memory = plan_memory_of(setting, options);
  setting.batch = memory.batch;

  const auto appearance = time_appearance(setting);
  const auto motion = time_motion(setting);
  const auto denoise = time_denoise(setting, appearance.result, motion.result);
  const auto decode = time_decode(setting, denoise.result.latents);

  BenchReport report = begun_report(setting);
  report.stages = {stage_time("appearance", appearance),
                   stage_time("motion", motion),
                   stage_time("denoise", denoise),
                   stage_time("decode", decode)};
  report.unet = unet_figures(denoise.result, setting);
  const double seconds = median(denoise.samples) + median(decode.samples);
  report.frames_per_second = static_cast<double>(decode.result) / seconds;
  report.memory = {.budget_bytes = memory.budget,
                   .denoise_bytes = memory.denoise,
                   .decode_bytes = memory.decode,
                   .batch = memory.batch};
  report.peak_host_bytes = peak_host_memory();
  report.peak_device_bytes =
      setting.device.kind == nn::DeviceKind::cuda ? nn::memory_facts(setting.device).peak : 0;
  return report;
}

}  // namespace hyportrait
