// SPDX-License-Identifier: Apache-2.0
#include "bench/stages.h"

#include "base/stage_timer.h"
#include "conditions/motion.h"
#include "conditions/pose.h"
#include "diffusion/noise.h"
#include "diffusion/unet_cost.h"
#include "diffusion/unet_model.h"
#include "face/align.h"
#include "run/reporter.h"
#include "vae/vae.h"

#include <torch/types.h>

#include <chrono>
#include <string>
#include <utility>

namespace hyportrait::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// A smooth coloured picture that changes with `phase`: the networks' time does not depend on it.
Frame made_up_picture(int side, int phase) {
  Frame frame = Frame::black(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      std::uint8_t* pixel = frame.at(x, y);
      pixel[0] = static_cast<std::uint8_t>(x * 255 / side);
      pixel[1] = static_cast<std::uint8_t>(y * 255 / side);
      pixel[2] = static_cast<std::uint8_t>((x + y + 8 * phase) % 256);
    }
  }
  return frame;
}

/// Runs `work` as often as asked for and keeps the times of the runs that count and the last
/// result. A run is `units` long for the progress; `work` is given a function that says how many
/// are done.
template <class Result, class Work>
void repeat(const Setting& setting,
            const std::string& stage,
            const std::string& unit,
            std::int64_t units,
            Timed<Result>& timed,
            Work work) {
  const int runs = setting.warm_up + setting.repeat;
  run::Reporter reporter(setting.hooks, stage, runs * units, unit);
  for (int run = 0; run < runs; ++run) {
    nn::synchronize(setting.device);
    const auto begin = Clock::now();
    timed.result = work([&](std::int64_t done) { reporter.at(run * units + done); });
    nn::synchronize(setting.device);
    if (run >= setting.warm_up) {
      timed.samples.push_back(seconds_since(begin));
    }
    reporter.at((run + 1) * units);
  }
  reporter.finish();
}

/// The model, with the seconds of its calls added up.
diffusion::VelocityModel timed_model(const diffusion::VelocityModel& model,
                                     nn::Device device,
                                     double& seconds) {
  return [&model, device, &seconds](const diffusion::VelocityRequest& request) {
    nn::synchronize(device);
    const auto begin = Clock::now();
    torch::Tensor velocity = model(request);
    nn::synchronize(device);
    seconds += seconds_since(begin);
    return velocity;
  };
}

/// The mean over the steps: unguided ones have fewer branches.
std::optional<double> window_step_flop(const Setting& setting) {
  const nn::BundleConfig& config = setting.config;
  if (!config.unet) {
    return {};
  }
  const int steps = config.sampler.steps;
  double sum = 0.0;
  for (int step = 0; step < steps; ++step) {
    diffusion::UnetCallSize size{.windows = 1,
                                 .frames = config.window.frames,
                                 .side = config.image_size / config.latent.downsample,
                                 .appearance_tokens = config.tokens.count,
                                 .motion_tokens = config.tokens.count};
    for (const auto& branch : diffusion::guidance_branches(config.guidance, step, steps)) {
      size.branches.push_back(branch.branch);
    }
    sum += diffusion::unet_flops(*config.unet, size);
  }
  return sum / steps;
}

}  // namespace

Timed<conditions::Reference> time_appearance(const Setting& setting) {
  Timed<conditions::Reference> timed;
  const auto begin = Clock::now();
  const auto modules =
      conditions::load_appearance(setting.bundle, setting.device, setting.precision);
  timed.load_seconds = seconds_since(begin);
  const Frame crop = made_up_picture(setting.config.image_size, 0);
  const std::size_t face_values = std::size_t{face::kAlignedSide} * face::kAlignedSide * 3;
  const conditions::IdentitySource identity{.aligned_face = std::vector<float>(face_values, 0.5F)};
  repeat(setting, "appearance", "run", 1, timed, [&](const auto&) {
    return conditions::encode_reference(modules, crop, identity);
  });
  return timed;
}

Timed<conditions::MotionTokens> time_motion(const Setting& setting) {
  Timed<conditions::MotionTokens> timed;
  const auto begin = Clock::now();
  const auto networks = conditions::load_motion_encoders(setting.bundle, setting.device);
  const nn::Module refiner =
      setting.bundle.load("motion_refiner", setting.device, nn::Precision::fp32);
  timed.load_seconds = seconds_since(begin);
  repeat(setting, "motion", "frame", setting.frames, timed, [&](const auto& done) {
    const nn::MotionConfig& config = setting.config.motion;
    conditions::MotionEncoder encoder(networks, config);
    for (int i = 0; i < setting.frames; ++i) {
      const Frame crop = made_up_picture(setting.config.crop.motion_size, i);
      encoder.push({.face = crop, .head = crop});
      done(i);
    }
    const int batches = (setting.frames + config.bucket_frames - 1) / config.bucket_frames;
    const std::vector<face::MotionIntensity> intensities(static_cast<std::size_t>(batches));
    return conditions::refine_motion(
        refiner, config, encoder.finish(), intensities, setting.precision);
  });
  return timed;
}

Timed<Sampled> time_denoise(const Setting& setting,
                            const conditions::Reference& reference,
                            const conditions::MotionTokens& tokens) {
  const nn::BundleConfig& config = setting.config;
  const diffusion::DenoiseOptions options = diffusion::denoise_options(config);
  Timed<Sampled> timed;
  const auto begin = Clock::now();
  const nn::Module pose_guider =
      setting.bundle.load("pose_guider", setting.device, setting.precision);
  const nn::Module unet =
      diffusion::load_unet(setting.bundle, setting.device, setting.precision, setting.engine);
  timed.load_seconds = seconds_since(begin);
  torch::Tensor pose = conditions::black_pose_feature(pose_guider, config.image_size);
  const diffusion::VelocityModel model =
      diffusion::unet_model(unet,
                            {.reference = reference,
                             .motion = tokens,
                             .padding = config.window.padding,
                             .pose_feature = [pose](auto) { return pose; },
                             .added_ids = config.added_ids});
  const torch::Tensor noise =
      diffusion::make_noise(1, config.noise, diffusion::latent_shape(setting.frames, config));
  const torch::Tensor start = diffusion::initial_latents(reference.latent, noise, config);
  const int steps = diffusion::window_steps(noise.size(0), options);
  Samples window_steps;
  repeat(setting, "denoise", "network call", steps, timed, [&](const auto& done) {
    double seconds = 0.0;
    Sampled sampled{.batch = setting.batch};
    sampled.latents = diffusion::denoise({.latents = start, .batch = setting.batch},
                                         options,
                                         timed_model(model, setting.device, seconds),
                                         [&](int at, int, const diffusion::DenoiseState& state) {
                                           sampled.batch = state.batch;
                                           done(at);
                                         });
    window_steps.push_back(seconds / steps);
    return sampled;
  });
  window_steps.erase(window_steps.begin(), window_steps.begin() + setting.warm_up);
  timed.result.window_steps = std::move(window_steps);
  timed.result.flop = window_step_flop(setting);
  return timed;
}

Timed<std::int64_t> time_decode(const Setting& setting, const torch::Tensor& latents) {
  Timed<std::int64_t> timed;
  const auto begin = Clock::now();
  const nn::Module decoder = setting.bundle.load("vae_decoder", setting.device, setting.precision);
  timed.load_seconds = seconds_since(begin);
  const vae::DecodeOptions options{.latent_scale = setting.config.latent.scale,
                                   .chunk = setting.config.decode_chunk,
                                   .first = setting.config.window.padding,
                                   .count = setting.frames};
  repeat(setting, "decode", "frame", setting.frames, timed, [&](const auto& done) {
    std::int64_t frames = 0;
    vae::decode(decoder, latents, options, [&](Frame&&) { done(++frames); });
    return frames;
  });
  return timed;
}

}  // namespace hyportrait::bench
