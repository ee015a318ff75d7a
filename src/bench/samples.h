// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <vector>

namespace hyportrait::bench {

/// Seconds of the repetitions that count.
using Samples = std::vector<double>;

/// The middle one, or the mean of the middle two; 0 for none.
double median(Samples samples);

/// {median_seconds, fastest_seconds, slowest_seconds}.
nlohmann::ordered_json to_json(const Samples& samples);

}  // namespace hyportrait::bench
