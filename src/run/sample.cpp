// SPDX-License-Identifier: Apache-2.0
#include "run/sample.h"

#include "base/log.h"
#include "diffusion/noise.h"
#include "diffusion/unet_model.h"
#include "nn/tensor.h"
#include "run/pose.h"

#include <torch/types.h>

#include <algorithm>

namespace hyportrait::run {
namespace {

/// Noise [P,4,h,w] of the seed. Drawn for the bundle's own padding where that is more, so that a
/// clip's frames have the same noise with less.
torch::Tensor seeded_noise(const SampleOptions& options,
                           int bundle_padding,
                           const diffusion::LatentShape& shape) {
  const int more = std::max(bundle_padding - options.config.window.padding, 0);
  diffusion::LatentShape drawn = shape;
  drawn[0] += std::int64_t{2} * more;
  return diffusion::make_noise(options.seed, options.config.noise, drawn).narrow(0, more, shape[0]);
}

torch::Tensor initial_latents(const SampleOptions& options,
                              int bundle_padding,
                              const conditions::Reference& reference,
                              const diffusion::LatentShape& shape) {
  const torch::Tensor noise = options.noise.empty() ? seeded_noise(options, bundle_padding, shape)
                                                    : diffusion::read_noise(options.noise, shape);
  return diffusion::initial_latents(reference.latent, noise, options.config);
}

}  // namespace

diffusion::LatentShape latent_shape(const SampleInputs& inputs, const nn::BundleConfig& config) {
  return diffusion::latent_shape(inputs.movement.tokens.frames(), config);
}

torch::Tensor sample(const nn::Bundle& bundle,
                     const SampleOptions& options,
                     const SampleInputs& inputs,
                     const SampleHooks& hooks) {
  const nn::BundleConfig& config = options.config;
  const diffusion::DenoiseOptions denoising = diffusion::denoise_options(config);
  const diffusion::LatentShape shape = latent_shape(inputs, config);
  Reporter reporter(
      hooks.run, "denoise", diffusion::window_steps(shape.front(), denoising), "network call");
  const diffusion::UnetConditions conditions{
      .reference = inputs.reference,
      .motion = inputs.movement.tokens,
      .padding = config.window.padding,
      .pose_feature = pose_feature(bundle.load("pose_guider", options.device, options.precision),
                                   config,
                                   inputs.movement.landmarks),
      .added_ids = config.added_ids};
  const nn::Module unet =
      diffusion::load_unet(bundle, options.device, options.precision, options.engine);
  diffusion::DenoiseState start =
      hooks.start.value_or(diffusion::DenoiseState{.batch = options.batch});
  if (!hooks.start) {
    const int bundle_padding = bundle.manifest().config.window.padding;
    start.latents = initial_latents(options, bundle_padding, inputs.reference, shape);
  }
  reporter.at(diffusion::window_steps_done(start, denoising));
  torch::Tensor latents =
      diffusion::denoise(std::move(start),
                         denoising,
                         diffusion::unet_model(unet, conditions),
                         [&](int done, int total, const diffusion::DenoiseState& state) {
                           logger().trace("denoise: {} of {}", done, total);
                           if (hooks.at_state) {
                             hooks.at_state(state);
                           }
                           reporter.at(done);
                         });
  reporter.finish();
  return latents;
}

}  // namespace hyportrait::run
