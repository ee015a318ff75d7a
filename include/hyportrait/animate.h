// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/options.h>
#include <hyportrait/plan.h>
#include <hyportrait/progress.h>
#include <hyportrait/run_report.h>

namespace hyportrait {

#if HYPORTRAIT_HAS_MEDIA

/// Animates the portrait and writes the clip, its sidecar and, if asked, its frames. Throws Error;
/// then nothing stands under the output's name that was not there before. A run that was cut off
/// leaves its state beside the output, from which the same call resumes (docs/cli.md, Resuming).
/// One run at a time (hyportrait/api.h).
HYPORTRAIT_API RunReport animate(const AnimateOptions& options, const RunHooks& hooks);

/// The plan of a run: every request resolved, frames, windows, U-Net calls, memory, and the time
/// where a past run of the same bundle and device gives one. Reads the inputs, runs and loads no
/// network, writes nothing. Throws Error.
HYPORTRAIT_API PlannedRun plan_run(const AnimateOptions& options);

#endif

}  // namespace hyportrait
