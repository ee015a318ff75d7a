// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/metrics.h>

#include "plot/plot.h"

namespace hyportrait::metrics {

/// The figures over the time of the result: angles of both heads, expression, identity, flicker,
/// PSNR where it exists; windows and chunks as marks, and the bounds that are set.
plot::Plot plot_of(const Metrics& metrics, const MetricsOptions& bounds);

}  // namespace hyportrait::metrics
