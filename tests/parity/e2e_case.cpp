// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"
#include "conditions/motion.h"
#include "face/align.h"
#include "face/crop.h"
#include "face/paste_back.h"
#include "nn/bundle.h"
#include "nn/tensor.h"
#include "parity/cases.h"
#include "parity/frames.h"
#include "run/motion.h"
#include "run/portrait.h"
#include "run/sample.h"
#include "vae/vae.h"

#include <torch/types.h>

namespace hyportrait::parity {
namespace {

using torch::Tensor;

/// Detections given one after the other, whatever the picture: the source, its crop, each frame.
face::DetectFaces given_faces(const Arrays& in) {
  std::vector<face::Face> faces = faces_of(in.at("boxes_xywh"), in.at("landmarks"));
  return [faces = std::move(faces), next = std::size_t{0}](const Frame&) mutable {
    return std::vector<face::Face>{faces.at(next++)};
  };
}

Tensor all_tokens(const conditions::MotionTokens& tokens, int padding) {
  const Tensor indices = torch::arange(tokens.frames() + 2 * padding);
  const auto* begin = indices.const_data_ptr<std::int64_t>();
  return tokens.gather({begin, static_cast<std::size_t>(indices.numel())}, padding).unsqueeze(0);
}

/// The crops that the motion networks get, [n,3,256,256] uint8, as run/motion makes them.
void add_crops(Arrays& out, const Arrays& in, const nn::BundleConfig& config) {
  const std::vector<Frame> frames = frames_of(in.at("frames"));
  auto faces = faces_of(in.at("boxes_xywh"), in.at("landmarks"));
  faces.erase(faces.begin(), faces.begin() + 2);  // the source's and its crop's
  const face::CropBox head = face::portrait_box(
      faces.at(0).box, {frames.at(0).width, frames.at(0).height}, config.crop.portrait_expand);
  std::vector<Frame> face_crops;
  std::vector<Frame> head_crops;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    face_crops.push_back(
        face::motion_face_crop(frames[i], faces.at(i).landmarks, faces[0].box, config.crop));
    head_crops.push_back(face::motion_head_crop(frames[i], head, config));
  }
  out["motion_face_u8"] = array_of(face_crops).permute({0, 3, 1, 2});
  out["motion_pose_u8"] = array_of(head_crops).permute({0, 3, 1, 2});
}

/// The motion stage from our own crops, and from the pack's.
void add_motion(Arrays& out,
                const Arrays& in,
                const nn::Bundle& bundle,
                const face::DetectFaces& detect) {
  const nn::BundleConfig& config = bundle.manifest().config;
  const conditions::MotionEncoders networks = conditions::load_motion_encoders(bundle, {});
  const nn::Module refiner = bundle.load("motion_refiner", {}, nn::Precision::fp32);
  const std::vector<Frame> frames = frames_of(in.at("frames"));
  const auto next = [&frames, i = std::size_t{0}]() mutable {
    return i < frames.size() ? std::optional(frames[i++]) : std::nullopt;
  };
  const RunHooks hooks;
  run::Reporter reporter(hooks, "motion", 0);
  const run::MotionRequest request{
      .name = "frames", .track = {.largest_of_each_frame = true}, .no_face = NoFacePolicy::error};
  const motion::Motion driver =
      run::encode_motion(next, detect, request, config, networks, reporter).motion;
  const std::vector<face::MotionIntensity> intensities =
      motion::intensities(driver, driver, config.motion.bucket_frames, config.motion.buckets);
  const auto tokens_of = [&](const conditions::EncodedMotion& encoded) {
    return all_tokens(conditions::refine_motion(
                          refiner, config.motion, encoded, intensities, nn::Precision::fp32),
                      config.window.padding);
  };
  out["motion"] = tokens_of({driver.expression, driver.head_pose});
  out["head_exp"] = torch::tensor({static_cast<std::int64_t>(intensities.at(0).head),
                                   static_cast<std::int64_t>(intensities[0].expression)});

  conditions::MotionEncoder from_pack(networks, config.motion);
  const auto face_crops = frames_of(in.at("pack_motion_face_u8").permute({0, 2, 3, 1}));
  const auto head_crops = frames_of(in.at("pack_motion_pose_u8").permute({0, 2, 3, 1}));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    from_pack.push({face_crops.at(i), head_crops.at(i)});
  }
  out["motion_from_pack_crops"] = tokens_of(from_pack.finish());
}

/// Sampling and decoding of the pack's motion.
void add_pictures(Arrays& out,
                  const Arrays& in,
                  const nn::Bundle& bundle,
                  const conditions::Reference& reference,
                  const face::CropBox& box) {
  const nn::BundleConfig& config = bundle.manifest().config;
  const int padding = config.window.padding;
  const Tensor padded = in.at("pack_motion")[0];
  const std::int64_t count = padded.size(0) - 2 * padding;
  run::Movement movement;
  movement.tokens.append(padded.slice(0, padding, padding + count));
  run::SampleOptions options;
  options.config = config;
  const ScratchFile noise("noise.safetensors");
  write_arrays(noise.path(), {{"noise", in.at("noise")[0]}});
  options.noise = noise.path();
  const Tensor latents = run::sample(bundle, options, {reference, movement}, {});
  out["latents"] = latents.unsqueeze(0);

  const nn::Module decoder = bundle.load("vae_decoder", {}, nn::Precision::fp32);
  vae::DecodeOptions decoding{.latent_scale = config.latent.scale,
                              .chunk = config.decode_chunk,
                              .first = 0,
                              .count = latents.size(0)};
  std::vector<Tensor> chunks;
  vae::decode_chunks(
      decoder, latents, decoding, [&](const Tensor& images) { chunks.push_back(images); });
  out["decoded"] = torch::cat(chunks);

  decoding.first = padding;
  decoding.count = count;
  face::PasteBack paste(
      frame_of(in.at("source")), box, {.blend = BlendKind::original, .colour_match = false});
  std::vector<Frame> cropped;
  std::vector<Frame> pasted;
  vae::decode(decoder, latents, decoding, [&](Frame&& frame) {
    pasted.push_back(paste(frame));
    cropped.push_back(std::move(frame));
  });
  out["cropped_u8"] = array_of(cropped);
  out["pasted_u8"] = array_of(pasted);
}

Arrays e2e(const Arrays& in, const std::filesystem::path& folder) {
  const nn::Bundle bundle = nn::Bundle::open(folder);
  const nn::BundleConfig& config = bundle.manifest().config;
  const face::DetectFaces detect = given_faces(in);
  const run::PortraitRequest request{
      .name = "source", .selector = {}, .place = {}, .largest_on_crop = true};
  const run::PortraitCrop portrait =
      run::prepare_portrait(frame_of(in.at("source")), detect, request, config);
  Arrays out;
  const face::CropBox& box = portrait.box;
  out["crop_bbox"] = torch::tensor(std::vector<std::int64_t>{box.x1, box.y1, box.x2, box.y2});
  out["vae_input"] = nn::to_tensor(portrait.crop);
  out["dino_input"] = conditions::appearance_image(portrait.crop);
  out["arcface_input"] =
      torch::tensor(portrait.aligned_face).view({face::kAlignedSide, face::kAlignedSide, 3});
  add_crops(out, in, config);
  add_motion(out, in, bundle, detect);

  const Tensor identity = in.at("arcface_output").contiguous();
  const auto* begin = identity.const_data_ptr<float>();
  const conditions::Reference reference = conditions::encode_reference(
      conditions::load_appearance(bundle, {}, nn::Precision::fp32),
      portrait.crop,
      {.aligned_face = {}, .vector = {begin, begin + identity.numel()}});
  add_pictures(out, in, bundle, reference, box);
  return out;
}

}  // namespace

void add_e2e_case(Cases& cases) {
  cases["e2e"] = e2e;
}

}  // namespace hyportrait::parity
