// SPDX-License-Identifier: Apache-2.0
#include "output/output_check.h"

#include <hyportrait/error.h>

#include "output/targets.h"

#include <filesystem>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

OutputCheck check_bytes(const fs::path& output, const OutputFacts& written, FileHashes& hashes) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(output, error);
  if (error) {
    return {OutputCondition::changed, "the output cannot be read: " + error.message()};
  }
  const std::string sizes = "the output has " + std::to_string(bytes) + " bytes, and " +
                            std::to_string(written.bytes) + " were written";
  if (bytes < written.bytes) {
    return {OutputCondition::shorter, sizes};
  }
  if (bytes > written.bytes) {
    return {OutputCondition::changed, sizes};
  }
  try {
    if (hashes.sha256(output) == written.sha256) {
      return {};
    }
    return {OutputCondition::changed, "the output's content is not what was written (its hash)"};
  } catch (const Error& unreadable) {
    return {OutputCondition::changed, unreadable.what()};
  }
}

}  // namespace

OutputCheck check_output(const OutputPaths& paths, const SidecarFacts& facts, FileHashes& hashes) {
  // Not quietly: a name that cannot be looked at is no missing output.
  if (!fs::exists(paths.output)) {
    return {OutputCondition::missing, "the output is missing"};
  }
  OutputCheck check =
      facts.written ? check_bytes(paths.output, *facts.written, hashes) : OutputCheck{};
  const bool told = facts.written && check.condition == OutputCondition::whole;
  if (!told && is_taken(paths.part)) {  // Note [What lies on disk]: the sidecar is of that one
    return {OutputCondition::unfinished, "cut off at its end"};
  }
  return check;
}

}  // namespace hyportrait
