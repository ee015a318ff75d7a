// SPDX-License-Identifier: Apache-2.0
#include "pipeline/verdict.h"

#include <filesystem>

namespace hyportrait::pipeline {
namespace {

namespace fs = std::filesystem;

/// Nothing when the device that decides the precision cannot be had; the run itself will say so.
std::optional<PlanHash> hash_if_possible(const AnimateOptions& options,
                                         const nn::Bundle& bundle,
                                         nn::FileHashes& hashes) {
  try {
    return plan_hash(options, bundle, hashes);
  } catch (const Error& error) {
    if (error.exit_code() != ExitCode::device) {
      throw;
    }
    return std::nullopt;
  }
}

std::string change(const Verdict& verdict) {
  if (!verdict.hash) {
    return "the device that was asked for cannot be had";
  }
  return "changed: " + changed_parts(verdict.sidecar->plan_parts, verdict.hash->parts);
}

void judge_done(Verdict& verdict, bool same, const OutputPaths& paths) {
  // See Note [What lies on disk]: a part beside the sidecar was never renamed.
  const bool whole = !fs::exists(paths.part);
  if (!fs::exists(paths.output)) {
    verdict.reason = "the output is missing";
  } else if (same && whole) {
    verdict.todo = Todo::skip;
    verdict.reason = "done already";
  } else {
    verdict.todo = Todo::replace;
    verdict.reason = same ? "cut off at its end" : change(verdict);
  }
}

void judge_failed(Verdict& verdict, bool same, const OutputPaths& paths) {
  const SidecarFacts& sidecar = *verdict.sidecar;
  const bool input = sidecar.exit_code == static_cast<int>(ExitCode::input);
  if (same && input && !sidecar.error.empty()) {
    verdict.todo = Todo::stands;
    verdict.reason = sidecar.error;
    return;
  }
  verdict.reason = same ? "failed before" : "failed before, " + change(verdict);
  if (fs::exists(paths.output)) {
    verdict.todo = sidecar.standing ? Todo::replace : Todo::refuse;
  }
}

}  // namespace

Verdict judge(const AnimateOptions& options, const nn::Bundle& bundle, nn::FileHashes& hashes) {
  const OutputPaths paths = output_paths(options.output);
  Verdict verdict{.hash = hash_if_possible(options, bundle, hashes),
                  .sidecar = read_sidecar(options.output)};
  const bool same =
      verdict.sidecar && verdict.hash && verdict.sidecar->plan_hash == verdict.hash->whole;
  if (!verdict.sidecar) {
    const bool taken = fs::exists(paths.output) || fs::exists(paths.sidecar);
    verdict.todo = taken ? Todo::refuse : Todo::run;
    verdict.reason = fs::exists(paths.state) ? "cut off" : "new";
  } else if (verdict.sidecar->status == RunStatus::done) {
    judge_done(verdict, same, paths);
  } else {
    judge_failed(verdict, same, paths);
  }
  if (verdict.todo == Todo::refuse) {
    verdict.reason = paths.output.string() +
                     ": the name is taken, and not by an output of hyportrait with its sidecar; "
                     "move it away, or give the job \"overwrite\": true";
    if (options.overwrite) {
      verdict.todo = Todo::replace;
      verdict.reason = "to be overwritten";
    }
  }
  return verdict;
}

}  // namespace hyportrait::pipeline
