// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/bench.h>

#include <vector>

namespace hyportrait::bench {

/// Seconds of the repetitions that count.
using Samples = std::vector<double>;

TimedFigure figure_of(const Samples& samples);

}  // namespace hyportrait::bench
