// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hyportrait::plot {

/// A series over the plot's times; gaps where there is no value.
struct Line {
  std::string name;
  std::vector<std::optional<double>> values;  ///< one a time
  bool dashed = false;                        ///< of the driver
};

/// Lines that share a unit, and so an axis.
struct Panel {
  std::string title;
  std::string unit;  ///< "degrees"; empty: none
  std::vector<Line> lines;
  std::optional<double> bound;  ///< a horizontal line: what a figure must keep to
};

/// Vertical lines.
struct Marks {
  std::string name;  ///< "windows"
  std::vector<double> seconds;
};

/// A stretch of time, s.
struct Span {
  double from = 0.0;
  double to = 0.0;
};

/// Panels above one another over one time axis.
struct Plot {
  std::string title;
  std::vector<double> seconds;  ///< ascending
  std::vector<Panel> panels;
  std::vector<Marks> marks;
  std::vector<Span> spans;  ///< shaded
  std::string spans_name;   ///< "no face"
};

/// The plot as an SVG of 960 px width that follows the reader's light or dark. Each line carries
/// its values as text in `data-values` (six digits, nothing for a gap), and the plot its times in
/// `data-seconds`. Throws nothing but bad_alloc.
std::string to_svg(const Plot& plot);

}  // namespace hyportrait::plot
