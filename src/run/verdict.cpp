// SPDX-License-Identifier: Apache-2.0
#include "run/verdict.h"

#include "output/frame_folder.h"
#include "output/output_check.h"
#include "output/targets.h"

#include <filesystem>
#include <utility>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

/// Nothing when the device that decides the precision cannot be had; the run itself will say so.
std::optional<plan::PlanHash> hash_if_possible(const AnimateOptions& options,
                                               const nn::Bundle& bundle,
                                               FileHashes& hashes) {
  try {
    return plan::plan_hash(options, bundle, hashes);
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
  return "changed: " + plan::changed_parts(verdict.sidecar->plan_parts, verdict.hash->parts);
}

constexpr const char* kNotOurs =
    ": the name is taken, and not by an output of hyportrait with its sidecar; move it away, or "
    "give the job \"overwrite\": true";

void judge_done(Verdict& verdict, bool same, const OutputPaths& paths, FileHashes& hashes) {
  OutputCheck check = check_output(paths, *verdict.sidecar, hashes);
  verdict.reason = std::move(check.why);
  switch (check.condition) {
    case OutputCondition::whole:
      verdict.todo = same ? Todo::skip : Todo::replace;
      verdict.reason = same ? "done already" : change(verdict);
      break;
    case OutputCondition::missing:
      break;
    case OutputCondition::unfinished:
      verdict.todo = Todo::replace;
      verdict.reason = same ? verdict.reason : change(verdict);
      break;
    case OutputCondition::shorter:  // nothing in it that the run does not make again
      verdict.todo = Todo::replace;
      break;
    case OutputCondition::changed:
      verdict.todo = Todo::refuse;
      verdict.reason = paths.output.string() + ": " + verdict.reason +
                       "; move it away, or give the job \"overwrite\": true";
      break;
  }
}

void judge_failed(Verdict& verdict, bool same, const OutputPaths& paths, FileHashes& hashes) {
  const SidecarFacts& sidecar = *verdict.sidecar;
  const bool input = sidecar.exit_code == static_cast<int>(ExitCode::input);
  if (same && input && !sidecar.error.empty()) {
    verdict.todo = Todo::stands;
    verdict.reason = sidecar.error;
    return;
  }
  verdict.reason = same ? "failed before" : "failed before, " + change(verdict);
  if (is_taken(paths.output)) {
    const bool ours = sidecar.standing &&
                      check_output(paths, sidecar, hashes).condition != OutputCondition::changed;
    verdict.todo = ours ? Todo::replace : Todo::refuse;
    verdict.reason = ours ? verdict.reason : paths.output.string() + kNotOurs;
  }
}

/// Frames in a folder of frames that neither this job's earlier run has written nor the job may
/// replace.
bool holds_foreign_frames(const AnimateOptions& options, const SidecarFacts& sidecar) {
  std::error_code ignored;
  return !options.frames_dir.empty() && !options.overwrite &&
         !fs::equivalent(options.frames_dir, sidecar.frames_dir, ignored) &&
         !frames_in(options.frames_dir).empty();
}

}  // namespace

Verdict judge(const AnimateOptions& options, const nn::Bundle& bundle, FileHashes& hashes) {
  const OutputPaths paths = output_paths(options.output);
  Verdict verdict{.hash = hash_if_possible(options, bundle, hashes),
                  .sidecar = read_sidecar(options.output)};
  const bool same =
      verdict.sidecar && verdict.hash && verdict.sidecar->plan_hash == verdict.hash->whole;
  if (!verdict.sidecar) {
    const bool taken = fs::exists(fs::symlink_status(paths.output)) || is_taken(paths.sidecar);
    verdict.todo = taken ? Todo::refuse : Todo::run;
    verdict.reported = is_taken(paths.sidecar);
    verdict.reason = taken                   ? paths.output.string() + kNotOurs
                     : is_taken(paths.state) ? "cut off"
                                             : "new";
  } else if (verdict.sidecar->status == RunStatus::done) {
    judge_done(verdict, same, paths, hashes);
  } else {
    judge_failed(verdict, same, paths, hashes);
  }
  if (verdict.todo == Todo::replace && holds_foreign_frames(options, *verdict.sidecar)) {
    verdict.todo = Todo::refuse;
    verdict.reported = false;
    verdict.reason = options.frames_dir.string() +
                     ": holds frames of something else; move them away, or give the job "
                     "\"overwrite\": true";
  }
  if (verdict.todo == Todo::refuse && options.overwrite) {
    verdict.todo = Todo::replace;
    verdict.reason = "to be overwritten";
  }
  return verdict;
}

}  // namespace hyportrait::run
