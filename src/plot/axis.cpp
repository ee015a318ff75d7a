// SPDX-License-Identifier: Apache-2.0
#include "plot/axis.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

namespace hyportrait::plot {
namespace {

/// 1, 2 or 5 times a power of ten, of which `range` holds about `parts`.
double round_step(double range, double parts) {
  const double rough = range / parts;
  const double unit = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / unit;
  return unit * (share <= 1.0 ? 1.0 : share <= 2.0 ? 2.0 : share <= 5.0 ? 5.0 : 10.0);
}

void set_ticks(Axis& axis, double step) {
  for (double i = std::ceil(axis.low / step - 1e-9); i * step <= axis.high + step * 1e-9;
       i += 1.0) {
    axis.ticks.push_back(i * step);
  }
  axis.digits = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
}

}  // namespace

Axis axis_around(const std::vector<double>& values) {
  Axis axis;
  if (!values.empty()) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    // What hardly moves is drawn as a line, not as its noise.
    const double least = std::max(std::abs(*low), std::abs(*high)) * 1e-3 + 1e-6;
    const double middle = (*low + *high) / 2;
    const double half = std::max((*high - *low) / 2, least);
    axis.low = middle - half;
    axis.high = middle + half;
  }
  const double step = round_step(axis.high - axis.low, 4.0);
  axis.low = std::floor(axis.low / step + 1e-9) * step;
  axis.high = std::ceil(axis.high / step - 1e-9) * step;
  set_ticks(axis, step);
  return axis;
}

Axis axis_of_time(const std::vector<double>& seconds) {
  Axis axis;
  if (!seconds.empty()) {
    axis.low = seconds.front();
    axis.high = std::max(seconds.back(), axis.low + 0.04);
  }
  set_ticks(axis, round_step(axis.high - axis.low, 8.0));
  return axis;
}

std::string tick_text(const Axis& axis, double tick) {
  const std::string text = fmt::format("{:.{}f}", tick, axis.digits);
  return text.find_first_of("123456789") == std::string::npos && text.front() == '-'
             ? text.substr(1)
             : text;
}

}  // namespace hyportrait::plot
