// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include "nn/bundle.h"
#include "nn/file_hashes.h"

#include <nlohmann/json.hpp>

#include <string>

namespace hyportrait::pipeline {

/// What decides a result: the inputs' contents, the bundle, sampler and output options and the
/// program's version; not device or batching. Equal hashes mean that the work need not be done
/// again.
struct PlanHash {
  std::string whole;  ///< SHA-256 over the parts
  nlohmann::ordered_json
      parts;  ///< ref, drive, noise, bundle, version, options: a hash or text each
};

/// Reads the inputs' contents (remembered in `hashes`) and does not decode them, so it holds for
/// broken ones too; one that cannot be read counts as "missing". Throws Error(device).
PlanHash plan_hash(const AnimateOptions& options, const nn::Bundle& bundle, nn::FileHashes& hashes);

/// The parts in which two plans differ, for people: "the clip and the options".
std::string changed_parts(const nlohmann::json& before, const nlohmann::ordered_json& now);

}  // namespace hyportrait::pipeline
