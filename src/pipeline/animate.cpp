// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/animate.h>

#include "core/animate_options.h"
#include "core/atomic_file.h"
#include "core/json_strict.h"
#include "core/log.h"
#include "core/output_lock.h"
#include "core/stage_timer.h"
#include "media/image_io.h"
#include "nn/torch_error.h"
#include "pipeline/default_bundle.h"
#include "pipeline/encode.h"
#include "pipeline/history.h"
#include "pipeline/job.h"
#include "pipeline/plan.h"
#include "pipeline/plan_hash.h"
#include "pipeline/plan_json.h"
#include "pipeline/render.h"
#include "pipeline/sample.h"
#include "pipeline/sidecar.h"
#include "pipeline/state.h"

#include <algorithm>

namespace hyportrait {
namespace pipeline {
namespace {

Frame read_portrait(const AnimateOptions& options) {
  const Colour& colour = options.background;
  return media::read_image(options.ref, {colour.red, colour.green, colour.blue});
}

PlanHash hash_of(const AnimateOptions& options, const nn::Bundle& bundle) {
  nn::FileHashes hashes;
  return plan_hash(options, bundle, hashes);
}

void warn(std::vector<std::string>& all, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    logger().warn("{}", warning);
    all.push_back(warning);
  }
}

void announce(const Plan& plan, const nn::Bundle& bundle) {
  const nn::Manifest& manifest = bundle.manifest();
  logger().info("bundle {} in {}, {} {}",
                manifest.name,
                bundle.folder().string(),
                nn::device_text(plan.device),
                nn::precision_text(plan.precision));
  if (manifest.kind == nn::BundleKind::official) {
    logger().info("licence of the weights: {}",
                  manifest.licence.substr(0, manifest.licence.find('\n')));
  } else if (manifest.kind == nn::BundleKind::demo) {
    logger().info(
        "the demo bundle animates drawn faces; photographs of people take the official weights "
        "(docs/weights.md)");
  } else {
    logger().info(
        "a seeded bundle has random weights: it tests the program, its pictures mean nothing");
  }
}

/// Remembers how fast the run was, unless it was only a part of one.
void note_run(const Plan& plan,
              const nn::Bundle& bundle,
              const RunRecord& record,
              const StageTimes& times) {
  if (record.resumed_at_step || !record.reused.empty()) {
    return;
  }
  double denoise = 0.0;
  double other = 0.0;
  for (const auto& [stage, seconds] : times.stages()) {
    (stage == "denoise" ? denoise : other) += seconds;
  }
  const std::int64_t padded = record.frames + std::int64_t{2} * plan.config.window.padding;
  const std::int64_t branch_steps = diffusion::branch_steps(padded, denoise_options(plan.config));
  note_speed(
      speed_key(plan, bundle),
      {denoise / static_cast<double>(branch_steps), other / static_cast<double>(record.frames)});
}

/// A run goes on with its own batch, for the same bits, unless the plan allows only a smaller one.
void fit_batch(diffusion::Batch& batch, const diffusion::Batch& planned) {
  const diffusion::Batch fitting{std::min(batch.windows, planned.windows),
                                 batch.branches_apart || planned.branches_apart};
  if (fitting != batch) {
    logger().info("resuming with {} where the run began with {}: the same within rounding",
                  diffusion::batch_text(fitting),
                  diffusion::batch_text(batch));
    batch = fitting;
  }
}

/// Denoises from where an earlier run of the same job stood, saving the state on the way.
torch::Tensor denoise_resumably(const nn::Bundle& bundle,
                                const Plan& plan,
                                const SampleInputs& inputs,
                                StateFile& state,
                                RunRecord& record,
                                const RunHooks& hooks) {
  const SampleOptions options{.device = plan.device,
                              .precision = plan.precision,
                              .config = plan.config,
                              .seed = plan.options.seed,
                              .noise = plan.options.noise,
                              .engine = plan.options.engine,
                              .batch = plan.memory.batch};
  const diffusion::DenoiseOptions denoising = denoise_options(plan.config);
  SampleHooks sampling{.run = hooks, .start = state.load()};
  record.batch = plan.memory.batch;
  if (sampling.start) {
    fit_batch(sampling.start->batch, plan.memory.batch);
    record.batch = sampling.start->batch;
  }
  const diffusion::Batch first = record.batch;
  sampling.at_state = [&](const diffusion::DenoiseState& at) {
    record.batch = at.batch;
    const bool stopping = hooks.cancelled && hooks.cancelled();
    stopping ? state.save(at) : state.keep(at);
  };
  record.unet_calls = diffusion::window_steps(latent_shape(inputs, plan.config).front(), denoising);
  if (sampling.start) {
    record.resumed_at_step = sampling.start->step;
    record.unet_calls -= diffusion::window_steps_done(*sampling.start, denoising);
  }
  torch::Tensor latents = sample(bundle, options, inputs, sampling);
  if (record.batch != first) {
    record.warnings.push_back("memory ran out with " + diffusion::batch_text(first) +
                              "; the run went on with " + diffusion::batch_text(record.batch));
  }
  return latents;
}

/// Between the plan and the lock another process may have finished the same output.
void refuse_if_finished_meanwhile(const Plan& plan) {
  if (!plan.options.overwrite && std::filesystem::exists(plan.output)) {
    throw OutputBusy(plan.output.string() +
                     ": another process has just written it; pass --overwrite to replace it");
  }
}

AnimateResult run(Session& session, const AnimateOptions& options, const RunHooks& hooks) {
  validate(options);
  StageTimes times;
  RunRecord record;
  const nn::Bundle& bundle = session.bundle(options.bundle);
  const Frame picture = read_portrait(options);
  const Plan plan = resolve(options, bundle, picture);
  const OutputLock lock(plan.output);
  refuse_if_finished_meanwhile(plan);
  const PlanHash hash = hash_of(options, bundle);
  announce(plan, bundle);

  std::optional<StageTimer> timer(std::in_place, times, "portrait");
  face::Detector detector(bundle.load("face_detector", plan.device, nn::Precision::fp32),
                          plan.config.detector);
  const EncodeRequest request{plan, hash, bundle, detector};
  const EncodedPortrait portrait = encode_portrait(session, request, picture, record.reused);
  warn(record.warnings, portrait.crop.warnings);

  timer.emplace(times, "motion");
  DrivingMotion motion = encode_clip(session, request, hooks, record.reused);
  warn(record.warnings, motion.warnings);
  record.frames = static_cast<std::int64_t>(motion.times.size());

  timer.emplace(times, "denoise");
  const SampleInputs inputs{portrait.reference, motion};
  StateFile state(state_path(plan.output),
                  {.plan_hash = hash.whole,
                   .device = plan.device,
                   .precision = plan.precision,
                   .shape = latent_shape(inputs, plan.config),
                   .options = denoise_options(plan.config)},
                  options.save_interval_seconds);
  const torch::Tensor latents = denoise_resumably(bundle, plan, inputs, state, record, hooks);
  motion.tokens = {};  // of a long clip they are gigabytes

  timer.emplace(times, "render");
  AnimateResult result{.output = plan.output, .sidecar = sidecar_path(plan.output)};
  const auto before_rename = [&](const media::WriterReport& written) {
    timer.reset();
    record.written = written;
    result.report_json = json_text(done_sidecar(plan, hash, bundle, record, times));
    write_file_atomically(result.sidecar, result.report_json + "\n");
  };
  render(bundle, plan, picture, portrait.crop, motion, latents, hooks, before_rename);
  state.remove();
  note_run(plan, bundle, record, times);
  result.frames = record.frames;
  result.warnings = record.warnings;
  return result;
}

}  // namespace

AnimateResult run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks) {
  try {
    return run(session, options, hooks);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    // Errors of kernels come late: from whatever asks the device for something next.
    nn::throw_if_device_failed(error, options.drive.string());
    throw;
  }
}

}  // namespace pipeline

AnimateResult animate(const AnimateOptions& options, const RunHooks& hooks) {
  pipeline::Session session(pipeline::SessionKind::one_job);
  return pipeline::run_job(session, options, hooks);
}

std::string plan_json(const AnimateOptions& options) {
  using namespace pipeline;
  validate(options);
  const nn::Bundle bundle = open_bundle(options.bundle);
  const Plan plan = resolve(options, bundle, read_portrait(options));
  nlohmann::ordered_json json = to_json(plan, bundle);
  json["work"] = estimate(plan, bundle, plan.frames_expected);
  json["plan_hash"] = hash_of(options, bundle).whole;
  return json_text(json);
}

}  // namespace hyportrait
