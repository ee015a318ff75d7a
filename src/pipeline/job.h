// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include "pipeline/session.h"

namespace hyportrait::pipeline {

/// One job from wish to file; `animate` for a session of one. Throws Error.
AnimateResult run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks);

}  // namespace hyportrait::pipeline
