// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/detail.h>
#include <hyportrait/plan.h>

#include <string>

namespace hyportrait::cli {

/// What goes in, what comes out, what it costs and what was decided, in at most 15 lines of 80
/// columns on standard output. `given`: the options before the plan resolved them.
void print_run_plan(const PlannedRun& planned, const AnimateOptions& given);
void print_detail_plan(const DetailPlan& plan);

/// "50 frames, 25 a second, with sound" of a clip; `frames` 0 is unknown.
std::string clip_text(const ClipFacts& clip, std::int64_t frames);

/// "29.97 a second".
std::string rate_text(double rate);

/// "192x192 px".
std::string pixels_text(const PixelSize& size);

}  // namespace hyportrait::cli
