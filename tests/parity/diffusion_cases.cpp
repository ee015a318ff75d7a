// SPDX-License-Identifier: Apache-2.0
#include "diffusion/denoise.h"
#include "diffusion/unet_model.h"
#include "nn/bundle.h"
#include "parity/cases.h"

#include <torch/types.h>

#include <numeric>

namespace hyportrait::parity {
namespace {

using torch::Tensor;

std::vector<std::int64_t> integers(const Tensor& array) {
  const auto* begin = array.const_data_ptr<std::int64_t>();
  return {begin, begin + array.numel()};
}

diffusion::Schedule schedule_of(std::int64_t steps) {
  nn::SamplerConfig config;
  config.steps = static_cast<int>(steps);
  return diffusion::karras_schedule(config);
}

Tensor float32(const std::vector<double>& values) {
  return torch::tensor(values).to(torch::kFloat);
}

Arrays scheduler(const Arrays& in, const std::filesystem::path&) {
  Arrays out;
  for (const std::int64_t steps : integers(in.at("step_counts"))) {
    const diffusion::Schedule schedule = schedule_of(steps);
    out["timesteps_" + std::to_string(steps)] = float32(schedule.timesteps);
    out["sigmas_" + std::to_string(steps)] = float32(schedule.sigmas);
  }
  const std::string steps = std::to_string(in.at("steps").item<std::int64_t>());
  const diffusion::Schedule schedule = schedule_of(in.at("steps").item<std::int64_t>());
  out["add_noise_" + steps] = diffusion::add_noise(
      in.at("reference").slice(1, 0, 1), in.at("noise"), schedule.sigmas.front());
  for (const std::int64_t probe : integers(in.at("probes"))) {
    const std::string name = steps + "_" + std::to_string(probe);
    const double sigma = schedule.sigmas.at(probe);
    out["scaled_" + name] = diffusion::scale_model_input(in.at("sample"), sigma);
    out["stepped_" + name] = diffusion::euler_step(
        in.at("sample"), in.at("model_output_" + name), sigma, schedule.sigmas.at(probe + 1));
  }
  return out;
}

/// The conditions of a denoise case: every frame has its own pose feature, and there is no padding.
diffusion::UnetConditions conditions_of(const Arrays& in) {
  diffusion::UnetConditions conditions;
  conditions.reference = {.latent = in.at("image_latents"), .tokens = in.at("image_context")};
  conditions.motion.append(in.at("motion")[0]);
  conditions.added_ids = nn::BundleConfig{}.added_ids;
  conditions.pose_feature =
      [pose = in.at("pose_feature")[0]](std::span<const diffusion::Window> windows) {
        std::vector<Tensor> features;
        for (const diffusion::Window& window : windows) {
          features.push_back(pose.index_select(0, torch::tensor(window, torch::kLong)));
        }
        return torch::stack(features);
      };
  return conditions;
}

/// The pack's stand-in for the network (its README, `denoise_*`): linear, and it mixes the window's
/// frames.
diffusion::VelocityModel linear_model(const diffusion::UnetConditions& conditions) {
  return [conditions](const diffusion::VelocityRequest& request) {
    std::vector<Tensor> motion;
    for (const diffusion::Window& window : request.windows) {
      motion.push_back(conditions.motion.gather(window, conditions.padding).mean({1, 2}));
    }
    const auto per_frame = [](const Tensor& values) {
      return values.view({values.size(0), -1, 1, 1, 1});
    };
    const Tensor pose = conditions.pose_feature(request.windows).mean(2, /*keepdim=*/true);
    const Tensor shared = 0.6 * request.latents + 0.2 * request.latents.roll(1, 1) + 0.1 * pose +
                          0.05 * request.timestep;
    std::vector<Tensor> branches;
    for (const diffusion::Branch& branch : request.branches) {
      Tensor velocity = shared;
      if (branch.has_reference) {
        velocity = velocity + 0.1 * conditions.reference.latent.unsqueeze(0) +
                   conditions.reference.tokens.mean();
      }
      if (branch.has_motion) {
        velocity = velocity + 2.0 * per_frame(torch::stack(motion));
      }
      branches.push_back(velocity);
    }
    return torch::stack(branches);
  };
}

Arrays denoise_with(const Arrays& in, const diffusion::VelocityModel& model) {
  const auto sizes = integers(in.at("frames_window_overlap_shift_steps"));
  const auto guidance = in.at("guidance").to(torch::kDouble);
  const auto scale = [&](int i) { return guidance[i].item<double>(); };
  diffusion::DenoiseOptions options;
  options.schedule = schedule_of(sizes.at(4));
  options.window = {.frames = static_cast<int>(sizes.at(1)),
                    .overlap = static_cast<int>(sizes.at(2)),
                    .shift = static_cast<int>(sizes.at(3)),
                    .padding = 0};
  options.guidance = {.appearance = {scale(0), scale(1)}, .motion = {scale(2), scale(3)}};
  const Tensor latents = diffusion::add_noise(in.at("image_latents") * nn::LatentConfig{}.scale,
                                              in.at("noise")[0],
                                              options.schedule.sigmas.front());
  const auto windows = diffusion::windows_of_step(latents.size(0), options.window, 0);
  return {
      {"windows_of_step0", diffusion::step_windows(latents, windows, 0, options, model)},
      {"latents",
       diffusion::denoise(
           {.latents = latents}, options, model, [](int, int, const diffusion::DenoiseState&) {})
           .unsqueeze(0)}};
}

Arrays denoise_linear(const Arrays& in, const std::filesystem::path&) {
  return denoise_with(in, linear_model(conditions_of(in)));
}

Arrays denoise_unet(const Arrays& in, const std::filesystem::path& folder) {
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::Module unet = bundle.load("unet", {}, stored_precision(bundle, "unet"));
  return denoise_with(in, diffusion::unet_model(unet, conditions_of(in)));
}

}  // namespace

void add_diffusion_cases(Cases& cases) {
  cases["scheduler"] = scheduler;
  cases["denoise_linear"] = denoise_linear;
  cases["denoise_unet"] = denoise_unet;
}

}  // namespace hyportrait::parity
