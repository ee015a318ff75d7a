// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>
#include <hyportrait/progress.h>
#include <hyportrait/run_report.h>

#include "pipeline/session.h"

namespace hyportrait::pipeline {

/// One job from wish to file; `animate` for a session of one. Throws Error.
RunReport run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks);

}  // namespace hyportrait::pipeline
