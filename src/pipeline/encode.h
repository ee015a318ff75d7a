// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/frame.h"
#include "face/detector.h"
#include "pipeline/plan.h"
#include "pipeline/plan_hash.h"
#include "pipeline/session.h"

namespace hyportrait::pipeline {

/// The two stages before the denoise. What an earlier job of the session has encoded under the same
/// name, content and options is taken from it, and `reused` gets a word.
struct EncodeRequest {
  const Plan& plan;
  const PlanHash& hash;
  const nn::Bundle& bundle;
  face::Detector& detector;
};

/// What an encoded portrait and clip are found again under in the session: equal keys mean the same
/// bits.
std::string portrait_key(const Plan& plan, const PlanHash& hash, const nn::Bundle& bundle);
std::string clip_key(const Plan& plan, const PlanHash& hash, const nn::Bundle& bundle);

EncodedPortrait encode_portrait(Session& session,
                                const EncodeRequest& request,
                                const Frame& picture,
                                std::vector<std::string>& reused);

DrivingMotion encode_clip(Session& session,
                          const EncodeRequest& request,
                          const RunHooks& hooks,
                          std::vector<std::string>& reused);

}  // namespace hyportrait::pipeline
