// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/file_hashes.h"
#include "output/output_file.h"
#include "output/sidecar.h"

#include <string>

namespace hyportrait {

/// How an output stands against what its sidecar says was written.
enum class OutputCondition {
  whole,       ///< the same bytes; or the sidecar, of an earlier version, does not say
  missing,     ///< no file of that name
  unfinished,  ///< with its `.part` beside it: the new one never got the name
  shorter,     ///< cut off, as by a full disk or a copy that was broken off
  changed      ///< other bytes: somebody's edit, or damage
};

struct OutputCheck {
  OutputCondition condition = OutputCondition::whole;
  std::string why{};  ///< for people; empty for a whole one
};

/// Reads the output's size, and its content unless `hashes` remembers it from the same size and
/// time of change.
OutputCheck check_output(const OutputPaths& paths, const SidecarFacts& facts, FileHashes& hashes);

}  // namespace hyportrait
