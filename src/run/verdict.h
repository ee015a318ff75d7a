// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>

#include "nn/bundle.h"
#include "output/sidecar.h"
#include "plan/plan_hash.h"

#include <optional>
#include <string>

namespace hyportrait::run {

enum class Todo {
  run,      ///< nothing of ours stands under the output's name
  replace,  ///< an output that this program has written does
  skip,     ///< done by an earlier run
  stands,   ///< failed for an input that has not changed
  refuse    ///< the output's name is taken by something that this program has not written
};

/// What is to be done with a job, by what lies under its output's name.
struct Verdict {
  Todo todo = Todo::run;
  std::string reason;  ///< for people; of a failure that stands: its error
  std::optional<plan::PlanHash> hash;
  std::optional<SidecarFacts> sidecar;  ///< the one that stands there
  bool reported = true;  ///< `report` shows of what lies there why the job is refused
};

/// Reads the output's sidecar and the inputs' contents; decodes nothing. Throws
/// std::filesystem::filesystem_error for an output whose name or folder cannot be looked at.
Verdict judge(const AnimateOptions& options, const nn::Bundle& bundle, FileHashes& hashes);

}  // namespace hyportrait::run
