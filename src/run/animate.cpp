// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/animate.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/log.h"
#include "base/stage_timer.h"
#include "media/image_io.h"
#include "nn/torch_error.h"
#include "options/animate_options.h"
#include "output/frame_folder.h"
#include "output/output_file.h"
#include "output/sidecar.h"
#include "output/targets.h"
#include "plan/default_bundle.h"
#include "plan/plan.h"
#include "plan/plan_facts.h"
#include "plan/plan_hash.h"
#include "run/driver_times.h"
#include "run/encode.h"
#include "run/one_run.h"
#include "run/rehearsal.h"
#include "run/render.h"
#include "run/sample.h"
#include "run/session.h"
#include "run/state.h"

#include <algorithm>

namespace hyportrait {
namespace run {
namespace {

/// A portrait that is none, with a picture for a clip.
void refuse_swapped(const FaceOptions& face) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(face.ref, ignored) && !media::picture_header(face.ref) &&
      media::is_still_picture(face.drive)) {
    throw Error(ExitCode::input,
                face.ref.string() + ": is no picture, but " + face.drive.string() +
                    " is one: --ref takes the portrait and --drive the clip; are they swapped?");
  }
}

Frame read_portrait(const AnimateOptions& options) {
  refuse_swapped(options.face);
  return media::read_image(
      options.face.ref,
      options.background,
      options.compat == CompatKind::original ? media::Profiles::ignore : media::Profiles::convert);
}

plan::PlanHash hash_of(const AnimateOptions& options, const nn::Bundle& bundle) {
  FileHashes hashes;
  return plan::plan_hash(options, bundle, hashes);
}

void warn(std::vector<std::string>& all, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    logger().warn("{}", warning);
    all.push_back(warning);
  }
}

std::string about_bundle(const nn::Manifest& manifest) {
  switch (manifest.kind) {
    case nn::BundleKind::official:
      return "licence of the weights: " + manifest.licence.substr(0, manifest.licence.find('\n'));
    case nn::BundleKind::demo:
      return "it animates drawn faces; photographs of people take the official weights "
             "(docs/weights.md)";
    default:
      return "its weights are random: it tests the program, its pictures mean nothing";
  }
}

/// One line, and in a batch only where it differs from the last job's.
void announce(Session& session, const plan::Plan& plan, const nn::Bundle& bundle) {
  const nn::Manifest& manifest = bundle.manifest();
  const std::string line = "bundle " + manifest.name + " in " + bundle.folder().string() + ", " +
                           nn::device_text(plan.device) + " " + nn::precision_text(plan.precision) +
                           "; " + about_bundle(manifest);
  if (session.announced != line) {
    session.announced = line;
    logger().info("{}", line);
  }
}

/// Remembers how fast the run was, unless it was only a part of one.
void note_run(const plan::Plan& plan, const nn::Bundle& bundle, const RunReport& report) {
  if (report.resumed_at_step || !report.reused.empty()) {
    return;
  }
  double denoise = 0.0;
  double other = 0.0;
  for (const auto& [stage, seconds] : report.seconds) {
    (stage == "denoise" ? denoise : other) += seconds;
  }
  plan::note_speed(plan::speed_key(plan, bundle),
                   {denoise / static_cast<double>(report.work.branch_steps),
                    other / static_cast<double>(report.work.frames)});
}

/// A run resumes with its own batch, for the same bits, unless the plan allows only a smaller one.
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
                                const plan::Plan& plan,
                                const SampleInputs& inputs,
                                StateFile& state,
                                RunReport& report,
                                const RunHooks& hooks) {
  const SampleOptions options{.device = plan.device,
                              .precision = plan.precision,
                              .config = plan.config,
                              .seed = plan.options.seed,
                              .noise = plan.options.noise,
                              .engine = plan.engine,
                              .batch = plan.memory.batch};
  const diffusion::DenoiseOptions denoising = diffusion::denoise_options(plan.config);
  SampleHooks sampling{.run = hooks, .start = state.load()};
  report.batch = plan.memory.batch;
  if (sampling.start) {
    state.adopt(*sampling.start);
    fit_batch(sampling.start->batch, plan.memory.batch);
    report.batch = sampling.start->batch;
  }
  const diffusion::Batch first = report.batch;
  sampling.at_state = [&](const diffusion::DenoiseState& at) {
    report.batch = at.batch;
    const bool stopping = hooks.cancelled && hooks.cancelled();
    stopping ? state.save(at) : state.keep(at);
  };
  report.unet_calls = diffusion::window_steps(latent_shape(inputs, plan.config).front(), denoising);
  if (sampling.start) {
    report.resumed_at_step = sampling.start->step;
    report.unet_calls -= diffusion::window_steps_done(*sampling.start, denoising);
  }
  torch::Tensor latents = sample(bundle, options, inputs, sampling);
  if (report.batch != first) {
    report.warnings.push_back("memory ran out with " + diffusion::batch_text(first) +
                              "; the run continued with " + diffusion::batch_text(report.batch));
  }
  return latents;
}

/// Between the plan and the lock another process may have finished the same output.
void refuse_if_finished_meanwhile(const plan::Plan& plan) {
  if (!plan.options.overwrite && is_taken(plan.output)) {
    throw OutputBusy(plan.output.string() +
                     ": another process has just written it; pass --overwrite to replace it");
  }
}

/// What is known of a run before it begins.
RunReport begun_report(const plan::Plan& plan,
                       const plan::PlanHash& hash,
                       const nn::Bundle& bundle) {
  return {.plan_hash = hash.whole,
          .plan_parts = hash.parts,
          .version = HYPORTRAIT_VERSION,
          .plan = plan::facts_of(plan, bundle)};
}

void end_report(RunReport& report,
                const plan::Plan& plan,
                const nn::Bundle& bundle,
                StageTimes& times) {
  report.finished = now_text();
  report.work = plan::estimate(plan, bundle, report.written.frames);
  report.seconds = times.stages();
  report.peak_host_bytes = peak_host_memory();
  report.peak_device_bytes =
      plan.device.kind == nn::DeviceKind::cuda ? nn::memory_facts(plan.device).peak : 0;
}

/// What is known once it has been interrupted: whether the next run starts over.
Error with_what_is_saved(const Error& interrupted, const OutputPaths& paths) {
  std::error_code ignored;
  return {ExitCode::interrupted,
          std::string(interrupted.what()) +
              (std::filesystem::exists(paths.state, ignored)
                   ? "; the same command resumes from what is saved"
                   : "; nothing was saved yet, so the same command starts over")};
}

/// The state goes before the file gets its name (see Note [What lies on disk]); where that fails it
/// is needed again.
void commit(OutputFile& file,
            const RunReport& report,
            StateFile& state,
            const diffusion::DenoiseState& end) {
  try {
    file.commit(report);
  } catch (const Error&) {
    state.save(end);
    throw;
  }
}

/// A run that nothing stands in the way of.
struct Begun {
  const plan::Plan& plan;
  const plan::PlanHash& hash;
  const nn::Bundle& bundle;
  const Frame& picture;
};

RunReport make(Session& session, const Begun& begun, OutputFile& file, const RunHooks& hooks) {
  const auto& [planned, hash, bundle, picture] = begun;
  plan::Plan plan = planned;
  StageTimes times;
  RunReport report = begun_report(plan, hash, bundle);
  const FrameFolder frames(plan.options.frames_dir, frames_before(plan, hash));
  announce(session, plan, bundle);
  warn(report.warnings, plan.warnings);

  std::optional<StageTimer> timer(std::in_place, times, "portrait");
  face::Detector detector(bundle.load("face_detector", plan.device, nn::Precision::fp32),
                          plan.config.detector);
  const EncodeRequest request{plan, hash, bundle, detector};
  const EncodedPortrait portrait = encode_portrait(session, request, picture, report.reused);
  warn(report.warnings, portrait.crop.warnings);
  plan.picture = plan::picture_size(plan, portrait.crop.box.width());
  report.plan.picture = plan.picture;

  timer.emplace(times, "motion");
  const DrivingMotion motion = encode_driver(session, request, hooks, report.reused);
  warn(report.warnings, motion.warnings);
  report.driver_times =
      driver_times(motion.driver_seconds, plan.reader.start_seconds.value_or(0.0));
  Movement movement = movement_of(session, request, motion.motion, picture, hooks, report.reused);

  timer.emplace(times, "denoise");
  const SampleInputs inputs{portrait.reference, movement};
  const diffusion::DenoiseOptions denoising = diffusion::denoise_options(plan.config);
  StateFile state(file.paths(),
                  {.latents_hash = hash.latents,
                   .device = plan.device,
                   .precision = plan.precision,
                   .engine = plan.engine,
                   .shape = latent_shape(inputs, plan.config),
                   .options = denoising,
                   .frames_dir = plan.options.frames_dir},
                  plan.options.save_interval_seconds);
  const torch::Tensor latents = denoise_resumably(bundle, plan, inputs, state, report, hooks);
  movement.tokens = {};  // of a long clip they are gigabytes

  timer.emplace(times, "render");
  Rendered rendered = render(bundle,
                             plan,
                             {picture, portrait.crop, portrait.reference.latent, motion, latents},
                             {.file = file.part(), .frames = frames},
                             hooks);
  report.written = std::move(rendered.written);
  report.detail = rendered.detail;
  timer.reset();
  const OutputFacts facts = file.facts();
  report.written.bytes = facts.bytes;
  report.written.sha256 = facts.sha256;
  end_report(report, plan, bundle, times);
  commit(file,
         report,
         state,
         {.latents = latents, .step = denoising.schedule.steps(), .batch = report.batch});
  note_run(plan, bundle, report);
  return report;
}

RunReport run(Session& session, const AnimateOptions& options, const RunHooks& hooks) {
  validate(options);
  const nn::Bundle& bundle = session.bundle(options.bundle);
  const Frame picture = read_portrait(options);
  const plan::Plan plan = plan::resolve(options, bundle, picture);
  const plan::PlanHash hash = hash_of(options, bundle);
  OutputFile file(plan.output, plan.options.overwrite);
  refuse_if_finished_meanwhile(plan);
  take_over_state(file.paths(),
                  {.latents_hash = hash.latents,
                   .device = plan.device,
                   .precision = plan.precision,
                   .engine = plan.engine});
  rehearse(plan, hash);
  try {
    return make(session, {plan, hash, bundle, picture}, file, hooks);
  } catch (const Error& error) {
    if (error.exit_code() == ExitCode::interrupted) {
      throw with_what_is_saved(error, file.paths());
    }
    throw;
  }
}

}  // namespace

RunReport run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks) {
  try {
    return run(session, options, hooks);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    // Errors of kernels come late: from whatever asks the device for something next.
    nn::throw_if_device_failed(error, options.face.drive.string());
    throw;
  }
}

}  // namespace run

RunReport animate(const AnimateOptions& options, const RunHooks& hooks) {
  validate(options);
  const run::OneRun one("animate");
  run::Session session(run::SessionKind::one_job);
  return run::run_job(session, options, hooks);
}

PlannedRun plan_run(const AnimateOptions& options) {
  using namespace run;
  validate(options);
  const nn::Bundle bundle = plan::open_bundle(options.bundle);
  const plan::Plan plan = plan::resolve(options, bundle, read_portrait(options));
  const plan::PlanHash hash = hash_of(options, bundle);
  rehearse(plan, hash);
  return {.plan = plan::facts_of(plan, bundle),
          .work = plan::estimate(plan, bundle, plan.frames_expected),
          .plan_hash = hash.whole};
}

}  // namespace hyportrait
