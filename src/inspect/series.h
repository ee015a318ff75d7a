// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/inspect.h>

#include "plot/plot.h"

#include <string>

namespace hyportrait::inspection {

/// Pose, size and sharpness of the head over the time of a clip; stretches without a face shaded.
plot::Plot plot_of(const ClipFindings& clip, const std::string& title);

}  // namespace hyportrait::inspection
