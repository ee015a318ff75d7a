// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/progress.h>
#include <hyportrait/types.h>

#include "bench/samples.h"
#include "conditions/appearance.h"
#include "conditions/motion_tokens.h"
#include "diffusion/denoise.h"
#include "nn/bundle.h"

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace hyportrait::bench {

/// What is timed, with every request resolved.
struct Setting {
  const nn::Bundle& bundle;
  const RunHooks& hooks;
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  EngineKind engine = EngineKind::torchscript;
  nn::BundleConfig config;
  int frames = 0;  ///< of the clip
  int warm_up = 0;
  int repeat = 0;
  diffusion::Batch batch{};
};

/// A stage's time, and what the next stage needs of it.
template <class Result>
struct Timed {
  double load_seconds = 0.0;  ///< reading the networks and moving them to the device
  Samples samples{};          ///< the stage's work without that
  Result result{};
};

struct Sampled {
  torch::Tensor latents{};       // [P,4,h,w] float32
  Samples window_steps{};        ///< seconds of the U-Net for one, a repetition each
  std::optional<double> flop{};  ///< of one window-step, the mean over the steps; needs `unet`
  diffusion::Batch batch{};      ///< at the end: smaller when memory ran out
};

/// The portrait's networks: identity, appearance, VAE encoder.
Timed<conditions::Reference> time_appearance(const Setting& setting);

/// The clip's: expression, head pose, motion refiner.
Timed<conditions::MotionTokens> time_motion(const Setting& setting);

/// The sampler with the U-Net; the pose guider runs once, untimed.
Timed<Sampled> time_denoise(const Setting& setting,
                            const conditions::Reference& reference,
                            const conditions::MotionTokens& tokens);

/// The VAE's decoder, to RGB frames in the host's memory, which are counted.
Timed<std::int64_t> time_decode(const Setting& setting, const torch::Tensor& latents);

}  // namespace hyportrait::bench
