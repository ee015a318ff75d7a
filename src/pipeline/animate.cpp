// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/animate.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "conditions/appearance.h"
#include "conditions/motion.h"
#include "core/animate_options.h"
#include "core/atomic_file.h"
#include "core/log.h"
#include "core/stage_timer.h"
#include "face/detector.h"
#include "face/select.h"
#include "media/image_io.h"
#include "pipeline/history.h"
#include "pipeline/motion.h"
#include "pipeline/plan.h"
#include "pipeline/plan_json.h"
#include "pipeline/portrait.h"
#include "pipeline/render.h"
#include "pipeline/sample.h"

#include <ctime>

namespace hyportrait {
namespace {

using namespace pipeline;  // this file is the pipeline's public face

Frame read_portrait(const AnimateOptions& options) {
  const Colour& colour = options.background;
  return media::read_image(options.ref, {colour.red, colour.green, colour.blue});
}

PortraitRequest portrait_request(const Plan& plan) {
  PortraitRequest request{.name = plan.options.ref.string(), .selector = plan.options.ref_face};
  request.largest_on_crop = plan.options.compat == CompatKind::original;
  if (plan.options.ref_box) {
    request.place = face::to_box(*plan.options.ref_box);
  }
  return request;
}

MotionRequest motion_request(const Plan& plan) {
  MotionRequest request{.name = plan.options.drive.string(), .no_face = plan.options.no_face};
  request.track.selector = plan.options.drive_face;
  request.track.largest_of_each_frame = plan.options.compat == CompatKind::original;
  if (plan.options.drive_box) {
    request.track.place = face::to_box(*plan.options.drive_box);
  }
  return request;
}

conditions::Reference encode_portrait(const nn::Bundle& bundle,
                                      const Plan& plan,
                                      const PortraitCrop& portrait) {
  const auto modules = conditions::load_appearance(bundle, plan.device, plan.precision);
  return conditions::encode_reference(
      modules, portrait.crop, {.aligned_face = portrait.aligned_face});
}

DrivingMotion encode_clip(const nn::Bundle& bundle,
                          const Plan& plan,
                          face::Detector& detector,
                          const RunHooks& hooks) {
  Reporter reporter(hooks, "motion", plan.frames_expected);
  conditions::MotionEncoder encoder(
      conditions::load_motion(bundle, plan.device), plan.config, plan.precision);
  media::VideoReader reader(plan.options.drive, plan.reader);
  DrivingMotion motion = encode_motion([&] { return reader.next(); },
                                       [&](const Frame& frame) { return detector(frame); },
                                       motion_request(plan),
                                       plan.config,
                                       encoder,
                                       reporter);
  motion.ended_early = reader.ended_early();
  return motion;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&now, &utc));
  return text;
}

nlohmann::ordered_json sidecar(const Plan& plan,
                               const nn::Bundle& bundle,
                               std::int64_t frames,
                               const media::WriterReport& written,
                               const std::vector<std::string>& warnings,
                               const StageTimes& times) {
  nlohmann::ordered_json seconds = nlohmann::ordered_json::object();
  for (const auto& [stage, value] : times.stages()) {
    seconds[stage] = value;
  }
  return {{"format", 1},
          {"status", "done"},
          {"plan_hash", plan_hash(plan, bundle)},
          {"hyportrait", HYPORTRAIT_VERSION},
          {"finished", now_text()},
          {"plan", to_json(plan, bundle)},
          {"work", estimate(plan, bundle, frames)},
          {"written",
           {{"frames", written.frames},
            {"audio_packets", written.audio_packets},
            {"audio_reencoded", written.audio_reencoded},
            {"encoder", written.encoder},
            {"pixel_format", written.pixel_format},
            {"notes", written.notes}}},
          {"warnings", warnings},
          {"seconds", seconds},
          {"peak_host_bytes", peak_host_memory()},
          {"peak_device_bytes",
           plan.device.kind == nn::DeviceKind::cuda ? nn::memory_facts(plan.device).peak : 0}};
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

void note_run(const Plan& plan,
              const nn::Bundle& bundle,
              const StageTimes& times,
              std::int64_t frames) {
  double denoise = 0.0;
  double other = 0.0;
  for (const auto& [stage, seconds] : times.stages()) {
    (stage == "denoise" ? denoise : other) += seconds;
  }
  const auto steps = estimate(plan, bundle, frames).at("unet_calls").get<double>();
  note_speed(speed_key(plan, bundle), {denoise / steps, other / static_cast<double>(frames)});
}

}  // namespace

AnimateResult animate(const AnimateOptions& options, const RunHooks& hooks) {
  validate(options);
  StageTimes times;
  AnimateResult result;
  const nn::Bundle bundle = open_bundle(options.bundle);
  const Frame picture = read_portrait(options);
  const Plan plan = resolve(options, bundle, picture);
  announce(plan, bundle);

  std::optional<StageTimer> timer(std::in_place, times, "portrait");
  face::Detector detector(bundle.load("face_detector", plan.device, nn::Precision::fp32),
                          plan.config.detector);
  const auto detect = [&](const Frame& frame) { return detector(frame); };
  const PortraitCrop portrait =
      prepare_portrait(picture, detect, portrait_request(plan), plan.config);
  warn(result.warnings, portrait.warnings);
  const conditions::Reference reference = encode_portrait(bundle, plan, portrait);

  timer.emplace(times, "motion");
  DrivingMotion motion = encode_clip(bundle, plan, detector, hooks);
  warn(result.warnings, motion.warnings);
  result.frames = static_cast<std::int64_t>(motion.times.size());

  timer.emplace(times, "denoise");
  const SampleOptions sampling{
      plan.device, plan.precision, plan.config, options.seed, options.noise};
  const torch::Tensor latents = sample(bundle, sampling, reference, motion, hooks);

  timer.emplace(times, "render");
  result.output = plan.output;
  result.sidecar = sidecar_path(plan.output);
  render(bundle,
         plan,
         picture,
         portrait,
         motion,
         latents,
         hooks,
         [&](const media::WriterReport& written) {
           timer.reset();
           result.report_json =
               sidecar(plan, bundle, result.frames, written, result.warnings, times).dump(2);
           write_file_atomically(result.sidecar, result.report_json + "\n");
         });
  note_run(plan, bundle, times, result.frames);
  return result;
}

std::string plan_json(const AnimateOptions& options) {
  validate(options);
  const nn::Bundle bundle = open_bundle(options.bundle);
  const Plan plan = resolve(options, bundle, read_portrait(options));
  nlohmann::ordered_json json = to_json(plan, bundle);
  json["work"] = estimate(plan, bundle, plan.frames_expected);
  json["plan_hash"] = plan_hash(plan, bundle);
  return json.dump(2);
}

}  // namespace hyportrait
