// SPDX-License-Identifier: Apache-2.0
#include "run/encode.h"

#include "base/json_strict.h"
#include "base/log.h"
#include "conditions/appearance.h"
#include "conditions/motion.h"
#include "face/select.h"
#include "options/animate_options.h"

#include <initializer_list>

namespace hyportrait::run {
namespace {

constexpr std::size_t kFramesAhead = 3;  // a frame of a large clip is 25 MB

PortraitRequest portrait_request(const plan::Plan& plan) {
  PortraitRequest request{.name = plan.options.face.ref.string(),
                          .selector = plan.options.face.ref_face};
  request.largest_on_crop = plan.options.compat == CompatKind::original;
  request.place = face::to_box(plan.options.face.ref_box);
  return request;
}

MotionRequest motion_request(const plan::Plan& plan) {
  MotionRequest request{.name = plan.options.face.drive.string(),
                        .no_face = plan.options.face.no_face};
  request.track.selector = plan.options.face.drive_face;
  request.track.largest_of_each_frame = plan.options.compat == CompatKind::original;
  request.track.place = face::to_box(plan.options.face.drive_box);
  return request;
}

/// What the conditions of one input depend on: its content, some options, the networks' setting.
/// `input`: "ref" or "drive".
std::string key_of(const plan::Plan& plan,
                   const nn::Bundle& bundle,
                   const char* input,
                   const std::string& content,
                   std::initializer_list<const char*> option_names) {
  const nlohmann::ordered_json options = to_config(plan.options);
  nlohmann::ordered_json key = {content,
                                bundle.hash(),
                                nn::device_text(plan.device),
                                nn::precision_text(plan.precision),
                                plan.config.image_size,
                                options.at(input)};
  for (const char* name : option_names) {
    key.push_back(options.contains(name) ? options.at(name) : nullptr);
  }
  return json_text(key);
}

std::uint64_t bytes_of(const EncodedPortrait& portrait) {
  return portrait.crop.crop.pixels.size() + portrait.reference.latent.nbytes() +
         portrait.reference.tokens.nbytes();
}

std::uint64_t bytes_of(const DrivingMotion& motion, const plan::Plan& plan) {
  constexpr std::uint64_t kOther = 150;  // of a frame, beside its tokens
  const std::uint64_t token = plan.precision == nn::Precision::fp32 ? 4 : 2;
  const std::uint64_t frame = token * plan.config.tokens.count * plan.config.tokens.width + kOther;
  return frame * motion.times.size();
}

}  // namespace

std::string portrait_key(const plan::Plan& plan,
                         const plan::PlanHash& hash,
                         const nn::Bundle& bundle) {
  return key_of(
      plan, bundle, "ref", hash.parts.ref, {"ref-face", "ref-box", "background", "compat"});
}

std::string clip_key(const plan::Plan& plan, const plan::PlanHash& hash, const nn::Bundle& bundle) {
  return key_of(
      plan,
      bundle,
      "drive",
      hash.parts.drive,
      {"drive-face", "drive-box", "no-face", "start", "end", "max-frames", "fps", "compat"});
}

EncodedPortrait encode_portrait(Session& session,
                                const EncodeRequest& request,
                                const Frame& picture,
                                std::vector<std::string>& reused) {
  const std::string key = portrait_key(request.plan, request.hash, request.bundle);
  if (auto known = session.portraits.find(key)) {
    logger().info("{}: encoded by an earlier job", request.plan.options.face.ref.string());
    reused.emplace_back("portrait");
    return std::move(*known);
  }
  const auto detect = [&](const Frame& frame) { return request.detector(frame); };
  const plan::Plan& plan = request.plan;
  EncodedPortrait portrait{
      .crop = prepare_portrait(picture, detect, portrait_request(plan), plan.config)};
  const auto modules = conditions::load_appearance(request.bundle, plan.device, plan.precision);
  portrait.reference = conditions::encode_reference(
      modules, portrait.crop.crop, {.aligned_face = portrait.crop.aligned_face});
  session.portraits.put(key, portrait, bytes_of(portrait));
  return portrait;
}

DrivingMotion encode_clip(Session& session,
                          const EncodeRequest& request,
                          const RunHooks& hooks,
                          std::vector<std::string>& reused) {
  const std::string key = clip_key(request.plan, request.hash, request.bundle);
  if (auto known = session.clips.find(key)) {
    logger().info("{}: encoded by an earlier job", request.plan.options.face.drive.string());
    reused.emplace_back("motion");
    return std::move(*known);
  }
  const plan::Plan& plan = request.plan;
  Reporter reporter(hooks, "motion", plan.frames_expected);
  conditions::MotionEncoder encoder(
      conditions::load_motion(request.bundle, plan.device), plan.config, plan.precision);
  media::VideoReader reader(plan.options.face.drive, plan.reader);
  ReadAhead frames([&] { return reader.next(); }, kFramesAhead);
  DrivingMotion motion = encode_motion([&] { return frames.next(); },
                                       [&](const Frame& frame) { return request.detector(frame); },
                                       motion_request(plan),
                                       plan.config,
                                       encoder,
                                       reporter);
  motion.ended_early = reader.ended_early();
  motion.clock_jumped = reader.clock_jumped();
  session.clips.put(key, motion, bytes_of(motion, plan));
  return motion;
}

}  // namespace hyportrait::run
