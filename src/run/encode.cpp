// SPDX-License-Identifier: Apache-2.0
#include "run/encode.h"

#include "base/json_strict.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "conditions/appearance.h"
#include "conditions/motion.h"
#include "face/select.h"
#include "motion/change.h"
#include "motion/motion_file.h"
#include "options/animate_options.h"
#include "run/driver.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace hyportrait::run {
namespace {

PortraitRequest portrait_request(const plan::Plan& plan) {
  PortraitRequest request{.name = plan.options.face.ref.string(),
                          .selector = plan.options.face.ref_face};
  request.largest_on_crop = plan.options.compat == CompatKind::original;
  request.place = face::to_box(plan.options.face.ref_box);
  return request;
}

/// --pose-drive as a driver: all of it, by its own time.
AnimateOptions as_pose_driver(AnimateOptions options) {
  options.face.drive = options.motion.pose_drive;
  options.face.drive_face = {};
  options.face.drive_box = {};
  options.face.no_face = NoFacePolicy::hold;
  options.start_seconds = options.end_seconds = {};
  options.max_frames = {};
  options.fps = {};
  return options;
}

/// What the conditions of one input depend on: its content, some options, the networks' setting.
/// `input`: "ref" or "drive".
std::string key_of(const plan::Plan& plan,
                   const AnimateOptions& of,
                   const nn::Bundle& bundle,
                   const char* input,
                   const std::string& content,
                   std::initializer_list<const char*> option_names) {
  const nlohmann::ordered_json options = to_config(of);
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

std::string driver_key(const plan::Plan& plan,
                       const AnimateOptions& options,
                       const nn::Bundle& bundle,
                       const std::string& content) {
  return key_of(plan,
                options,
                bundle,
                "drive",
                content,
                {"drive-face",
                 "drive-box",
                 "drive-crop",
                 "no-face",
                 "start",
                 "end",
                 "max-frames",
                 "fps",
                 "compat"});
}

std::uint64_t bytes_of(const EncodedPortrait& portrait) {
  return portrait.crop.crop.pixels.size() + portrait.reference.latent.nbytes() +
         portrait.reference.tokens.nbytes();
}

std::uint64_t bytes_of(const DrivingMotion& driving) {
  constexpr std::uint64_t kOther = 150;  // of a frame, beside its arrays
  return driving.motion.expression.nbytes() + driving.motion.head_pose.nbytes() +
         kOther * driving.motion.times.size();
}

DrivingMotion from_motion_file(Session& session,
                               const EncodeRequest& request,
                               const AnimateOptions& options) {
  const std::string name = options.face.drive.string();
  const motion::MotionFile file = motion::read_motion(options.face.drive);
  motion::check_setting(file.facts, request.plan.config, name);
  motion::check_weights(file.facts, session.reader_weights(request.plan.device), name);
  DrivingMotion driving{.motion = motion::part_of(
                            file.motion, plan::reader_options(options), file.facts.picture, name)};
  for (const motion::FrameTime& time : driving.motion.times) {
    driving.driver_seconds.push_back(time.pts_seconds);
  }
  const std::vector<bool>& detected = driving.motion.detected;
  driving.frames_without_face = std::count(detected.begin(), detected.end(), false);
  if (driving.frames_without_face > 0) {
    driving.warnings.push_back(name + ": " + counted(driving.frames_without_face, "frame") +
                               " had no face when it was extracted and was filled in");
  }
  return driving;
}

DriverReaders readers_of(const EncodeRequest& request) {
  return {request.bundle, request.plan.device, request.plan.config, request.detector};
}

/// A driver with options of its own; `content`: its hash, `word`: what `reused` calls it.
DrivingMotion encode_any(Session& session,
                         const EncodeRequest& request,
                         const AnimateOptions& options,
                         const std::string& content,
                         const char* word,
                         const RunHooks& hooks,
                         std::vector<std::string>& reused) {
  const std::string key = driver_key(request.plan, options, request.bundle, content);
  if (auto known = session.clips.find(key)) {
    logger().info("{}: encoded by an earlier job", options.face.drive.string());
    reused.emplace_back(word);
    return std::move(*known);
  }
  const std::int64_t frames =
      options.face.drive == request.plan.options.face.drive ? request.plan.frames_expected : 0;
  Reporter reporter(hooks, word, frames);
  DrivingMotion driving = motion::is_motion_file(options.face.drive)
                              ? from_motion_file(session, request, options)
                              : read_driver(options, readers_of(request), reporter);
  session.clips.put(key, driving, bytes_of(driving));
  return driving;
}

}  // namespace

std::string portrait_key(const plan::Plan& plan,
                         const plan::PlanHash& hash,
                         const nn::Bundle& bundle) {
  return key_of(plan,
                plan.options,
                bundle,
                "ref",
                hash.parts.ref,
                {"ref-face", "ref-box", "background", "compat"});
}

std::string clip_key(const plan::Plan& plan, const plan::PlanHash& hash, const nn::Bundle& bundle) {
  return driver_key(plan, plan.options, bundle, hash.parts.drive);
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

DrivingMotion encode_driver(Session& session,
                            const EncodeRequest& request,
                            const RunHooks& hooks,
                            std::vector<std::string>& reused) {
  return encode_any(
      session, request, request.plan.options, request.hash.parts.drive, "motion", hooks, reused);
}

motion::Motion encode_portraits_motion(const EncodeRequest& request, const Frame& picture) {
  const FaceOptions& face = request.plan.options.face;
  MotionRequest as_driver{.name = face.ref.string(), .no_face = NoFacePolicy::error};
  as_driver.track.selector = face.ref_face;
  as_driver.track.place = face::to_box(face.ref_box);
  const RunHooks silent;
  Reporter reporter(silent, "portrait", 1);
  bool given = false;
  const auto next = [&]() -> std::optional<Frame> {
    return std::exchange(given, true) ? std::nullopt : std::optional(picture);
  };
  return encode_motion(
             next,
             [&](const Frame& frame) { return request.detector(frame); },
             as_driver,
             request.plan.config,
             conditions::load_motion_encoders(request.bundle, request.plan.device),
             reporter)
      .motion;
}

Movement movement_of(Session& session,
                     const EncodeRequest& request,
                     const motion::Motion& driver,
                     const Frame& picture,
                     const RunHooks& hooks,
                     std::vector<std::string>& reused) {
  const plan::Plan& plan = request.plan;
  const nn::MotionConfig& config = plan.config.motion;
  const MotionOptions& options = plan.options.motion;
  std::optional<motion::Motion> portrait;
  if (motion::wants_portrait(options)) {
    portrait = encode_portraits_motion(request, picture);
  }
  std::optional<DrivingMotion> pose;
  if (!options.pose_drive.empty() && options.pose_drive != kPortraitsPose) {
    pose = encode_any(session,
                      request,
                      as_pose_driver(plan.options),
                      request.hash.parts.pose_drive,
                      "pose",
                      hooks,
                      reused);
  }
  motion::Changed changed = motion::change({.face = driver,
                                            .pose = pose ? &pose->motion : nullptr,
                                            .portrait = portrait ? &*portrait : nullptr},
                                           options,
                                           {.side = plan.config.image_size,
                                            .bucket_frames = config.bucket_frames,
                                            .buckets = config.buckets,
                                            .rotation_order = config.rotation_order,
                                            .name = plan.options.face.drive.string()});
  return {.tokens = conditions::refine_motion(
              request.bundle.load("motion_refiner", plan.device, nn::Precision::fp32),
              config,
              {.expression = changed.expression, .head_pose = changed.head_pose},
              changed.intensities,
              plan.precision),
          .landmarks = std::move(changed.landmarks)};
}

}  // namespace hyportrait::run
