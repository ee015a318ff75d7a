// SPDX-License-Identifier: Apache-2.0
#include "pipeline/verdict.h"

#include "pipeline/sidecar.h"
#include "pipeline/state.h"

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
  return "changed: " +
         changed_parts(verdict.sidecar->value("plan_parts", nlohmann::json()), verdict.hash->parts);
}

void judge_done(Verdict& verdict, bool same, const fs::path& output) {
  // The sidecar is in place before the rename: a part beside it was never renamed.
  const bool whole = !fs::exists(output.string() + ".part");
  if (!fs::exists(output)) {
    verdict.reason = "the output is missing";
  } else if (same && whole) {
    verdict.todo = Todo::skip;
    verdict.reason = "done already";
  } else {
    verdict.todo = Todo::replace;
    verdict.reason = same ? "cut off at its end" : change(verdict);
  }
}

void judge_failed(Verdict& verdict, bool same, const fs::path& output) {
  const nlohmann::json& sidecar = *verdict.sidecar;
  const nlohmann::json error = sidecar.value("error", nlohmann::json());
  const bool input =
      sidecar.value("exit_code", nlohmann::json()) == static_cast<int>(ExitCode::input);
  if (same && input && error.is_string()) {
    verdict.todo = Todo::stands;
    verdict.reason = error.get<std::string>();
    return;
  }
  verdict.reason = same ? "failed before" : "failed before, " + change(verdict);
  if (fs::exists(output)) {
    verdict.todo =
        sidecar.value("standing", nlohmann::json()).is_string() ? Todo::replace : Todo::refuse;
  }
}

}  // namespace

Verdict judge(const AnimateOptions& options, const nn::Bundle& bundle, nn::FileHashes& hashes) {
  const fs::path& output = options.output;
  Verdict verdict{.hash = hash_if_possible(options, bundle, hashes),
                  .sidecar = read_sidecar(output)};
  const bool same =
      verdict.sidecar && verdict.hash && verdict.sidecar->at("plan_hash") == verdict.hash->whole;
  if (!verdict.sidecar) {
    const bool taken = fs::exists(output) || fs::exists(sidecar_path(output));
    verdict.todo = taken ? Todo::refuse : Todo::run;
    verdict.reason = fs::exists(state_path(output)) ? "cut off" : "new";
  } else if (verdict.sidecar->at("status") == "done") {
    judge_done(verdict, same, output);
  } else {
    judge_failed(verdict, same, output);
  }
  if (verdict.todo == Todo::refuse) {
    verdict.reason = output.string() +
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
