// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace hyportrait::plot {

/// An axis from `low` to `high` with ticks at round numbers between them.
struct Axis {
  double low = 0.0;
  double high = 1.0;
  std::vector<double> ticks;
  int digits = 0;  ///< behind the point, that tell the ticks apart

  /// Where a value lies, 0 at `low`, 1 at `high`.
  [[nodiscard]] double share(double value) const { return (value - low) / (high - low); }
};

/// An axis that ends at round numbers beyond all values; around 0 for none.
Axis axis_around(const std::vector<double>& values);

/// An axis from the first time to the last.
Axis axis_of_time(const std::vector<double>& seconds);

/// A tick's label.
std::string tick_text(const Axis& axis, double tick);

}  // namespace hyportrait::plot
