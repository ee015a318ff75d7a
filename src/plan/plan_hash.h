// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>
#include <hyportrait/plan.h>

#include "base/file_hashes.h"
#include "nn/bundle.h"

#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait::plan {

/// What decides a result: the inputs' contents, the bundle, sampler and output options and the
/// program's version; not device or batching. Equal hashes mean that the work need not be done
/// again.
struct PlanHash {
  std::string whole;  ///< SHA-256 over the parts
  PlanParts parts;
  /// The same without the options that only decide what is made of the latents: which encoder,
  /// container and sound, how the face is pasted. A run that was cut off goes on where it equals.
  std::string latents{};
};

/// SHA-256 of an input's content, of all pictures where it is a sequence of them; empty for no
/// path, "missing" for what cannot be read.
std::string content_hash(const std::filesystem::path& path, FileHashes& hashes);

/// Reads the inputs' contents (remembered in `hashes`) and does not decode them, so it holds for
/// broken ones too; one that cannot be read counts as "missing". Throws Error(device).
PlanHash plan_hash(const AnimateOptions& options, const nn::Bundle& bundle, FileHashes& hashes);

/// The parts in which two plans differ, for people: "the clip and the options". All of them where
/// nothing is known of the first.
std::string changed_parts(const std::optional<PlanParts>& before, const PlanParts& now);

}  // namespace hyportrait::plan
