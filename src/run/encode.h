// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/detector.h"
#include "plan/plan.h"
#include "plan/plan_hash.h"
#include "run/session.h"

namespace hyportrait::run {

/// The stages before the denoise. What an earlier job of the session has encoded under the same
/// name, content and options is taken from it, and `reused` gets a word.
struct EncodeRequest {
  const plan::Plan& plan;
  const plan::PlanHash& hash;
  const nn::Bundle& bundle;
  face::Detector& detector;
};

/// What an encoded portrait and clip are found again under in the session: equal keys mean the same
/// bits.
std::string portrait_key(const plan::Plan& plan,
                         const plan::PlanHash& hash,
                         const nn::Bundle& bundle);
std::string clip_key(const plan::Plan& plan, const plan::PlanHash& hash, const nn::Bundle& bundle);

EncodedPortrait encode_portrait(Session& session,
                                const EncodeRequest& request,
                                const Frame& picture,
                                std::vector<std::string>& reused);

/// The motion of --drive: of a clip, a picture or a motion file.
DrivingMotion encode_driver(Session& session,
                            const EncodeRequest& request,
                            const RunHooks& hooks,
                            std::vector<std::string>& reused);

/// The motion of the portrait, as if it were a driver of one frame.
motion::Motion encode_portraits_motion(const EncodeRequest& request, const Frame& picture);

/// What moves the portrait.
struct Movement {
  conditions::MotionTokens tokens;
  std::vector<face::Landmarks> landmarks;  ///< of the pose image, px of the head crop at image_size
};

/// The driver's motion with what the options make of it (docs/motion.md). `picture`: the portrait.
Movement movement_of(Session& session,
                     const EncodeRequest& request,
                     const motion::Motion& driver,
                     const Frame& picture,
                     const RunHooks& hooks,
                     std::vector<std::string>& reused);

}  // namespace hyportrait::run
