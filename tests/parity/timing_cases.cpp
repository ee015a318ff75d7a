// SPDX-License-Identifier: Apache-2.0
// What scripts/bench_reference.py times: the program's own functions, with their answers.
#include "conditions/appearance.h"
#include "conditions/motion.h"
#include "nn/bundle.h"
#include "parity/cases.h"
#include "parity/frames.h"
#include "run/motion.h"
#include "run/sample.h"
#include "vae/vae.h"

#include <torch/types.h>

#include <chrono>
#include <ctime>
#include <vector>

namespace hyportrait::parity {
namespace {

using torch::Tensor;

/// Seconds that passed, and seconds that this process computed, since it was made.
class Watch final {
 public:
  [[nodiscard]] double wall() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double cpu() const {
    return static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
  }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

nn::Device device_of(const Arrays& in) {
  return nn::resolve_device(in.at("cuda").item<std::int64_t>() != 0 ? "cuda" : "cpu");
}

/// The U-Net on inputs `0`, `1`, ... (module:unet), `repeats` times -> the last `output`, and the
/// seconds of each call, its result brought to the host included.
Arrays time_unet(const Arrays& in, const std::filesystem::path& folder) {
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::Module unet = bundle.load("unet", device_of(in), stored_precision(bundle, "unet"));
  const std::vector<c10::IValue> inputs = module_inputs(unet, in);
  std::vector<double> wall;
  std::vector<double> cpu;
  Tensor output;
  for (std::int64_t i = 0; i < in.at("repeats").item<std::int64_t>(); ++i) {
    const Watch watch;
    output = unet(inputs).to(torch::kCPU);
    wall.push_back(watch.wall());
    cpu.push_back(watch.cpu());
  }
  return {{"output", output.to(torch::kFloat).clone()},
          {"wall", torch::tensor(wall, torch::kDouble)},
          {"cpu", torch::tensor(cpu, torch::kDouble)}};
}

/// A clip from its crops to RGB, networks loaded on the way: `portrait` [S,S,3] u8, `aligned_face`
/// [112,112,3], `faces` and `heads` [F,m,m,3] u8, `noise` [P,4,h,w] -> `decoded` [F,3,H,W].
Arrays time_clip(const Arrays& in, const std::filesystem::path& folder) {
  const Watch watch;
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::BundleConfig& config = bundle.manifest().config;
  const Tensor& aligned = in.at("aligned_face");
  const auto* begin = aligned.const_data_ptr<float>();
  const conditions::Reference reference =
      conditions::encode_reference(conditions::load_appearance(bundle, {}, nn::Precision::fp32),
                                   frame_of(in.at("portrait")),
                                   {.aligned_face = {begin, begin + aligned.numel()}});

  conditions::MotionEncoder encoder(conditions::load_motion_encoders(bundle, {}), config.motion);
  const std::vector<Frame> faces = frames_of(in.at("faces"));
  const std::vector<Frame> heads = frames_of(in.at("heads"));
  for (std::size_t i = 0; i < faces.size(); ++i) {
    encoder.push({faces[i], heads.at(i)});
  }
  const auto batches =
      (faces.size() + config.motion.bucket_frames - 1) / config.motion.bucket_frames;
  const std::vector<face::MotionIntensity> resting(batches);
  const run::Movement movement{
      .tokens = conditions::refine_motion(bundle.load("motion_refiner", {}, nn::Precision::fp32),
                                          config.motion,
                                          encoder.finish(),
                                          resting,
                                          nn::Precision::fp32),
      .landmarks = {}};

  run::SampleOptions options;
  options.config = config;
  options.config.pose_image = nn::PoseImageKind::black;  // crops come without landmarks
  const ScratchFile noise("noise.safetensors");
  write_arrays(noise.path(), {{"noise", in.at("noise")}});
  options.noise = noise.path();
  const Tensor latents = run::sample(bundle, options, {reference, movement}, {});
  std::vector<Tensor> chunks;
  vae::decode_chunks(bundle.load("vae_decoder", {}, nn::Precision::fp32),
                     latents,
                     {.latent_scale = config.latent.scale,
                      .chunk = config.decode_chunk,
                      .first = config.window.padding,
                      .count = static_cast<std::int64_t>(faces.size())},
                     [&](const Tensor& images) { chunks.push_back(images); });
  return {{"decoded", torch::cat(chunks)},
          {"wall", torch::tensor({watch.wall()}, torch::kDouble)},
          {"cpu", torch::tensor({watch.cpu()}, torch::kDouble)}};
}

}  // namespace

void add_timing_cases(Cases& cases) {
  cases["time_unet"] = time_unet;
  cases["time_clip"] = time_clip;
}

}  // namespace hyportrait::parity
