// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>
#include <hyportrait/progress.h>
#include <hyportrait/run_report.h>

#include "run/session.h"

namespace hyportrait::run {

/// One job from wish to file; `animate` for a session of one. Throws Error.
RunReport run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks);

}  // namespace hyportrait::run
