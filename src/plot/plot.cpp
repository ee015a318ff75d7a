// SPDX-License-Identifier: Apache-2.0
#include "plot/plot.h"

#include "base/shown_text.h"
#include "plot/axis.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace hyportrait::plot {
namespace {

// px
constexpr double kWidth = 960;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 44;
constexpr double kPanel = 128;  // of a panel's box
constexpr double kGap = 40;     // above it, with its title
constexpr double kBottom = 44;

// Okabe and Ito, "Color Universal Design" (2008): told apart by all kinds of colour vision.
constexpr std::array<const char*, 4> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

constexpr const char* kStyle = R"(<style>
svg { background: #fff; color: #222; font: 12px system-ui, sans-serif; }
text { fill: currentColor; } .title { font-size: 15px; font-weight: 600; } .panel { font-weight: 600; }
.grid { stroke: currentColor; stroke-opacity: .15; } .box { fill: none; stroke: currentColor; stroke-opacity: .4; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; } .dashed { stroke-dasharray: 5 3; stroke-opacity: .75; }
.mark { stroke: currentColor; stroke-opacity: .45; } .mark1 { stroke-dasharray: 2 3; }
.bound { stroke: #c00; stroke-dasharray: 8 4; } .span { fill: currentColor; fill-opacity: .12; }
.small { font-size: 11px; fill-opacity: .8; }
@media (prefers-color-scheme: dark) { svg { background: #16181c; color: #e6e6e6; } .bound { stroke: #ff7b72; } }
</style>
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string value_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "";
}

std::string values_text(const std::vector<std::optional<double>>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  std::transform(values.begin(), values.end(), std::back_inserter(texts), value_text);
  return fmt::format("{}", fmt::join(texts, " , "));
}

/// From time and value to px.
struct Place {
  Axis time;
  Axis value;
  double top = 0.0;
  [[nodiscard]] double x(double seconds) const {
    return kLeft + time.share(seconds) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double v) const { return top + (1.0 - value.share(v)) * kPanel; }
};

/// "M" begins a stretch without gaps; a value alone is a dot, drawn as a line of no length.
std::string path_of(const Place& place,
                    const std::vector<double>& seconds,
                    const std::vector<std::optional<double>>& values) {
  std::string path;
  bool open = false;
  for (std::size_t i = 0; i < values.size() && i < seconds.size(); ++i) {
    if (values[i]) {
      path += fmt::format(
          "{}{:.2f} {:.2f}", open ? "L" : "M", place.x(seconds[i]), place.y(*values[i]));
      const bool alone = !open && (i + 1 == values.size() || !values[i + 1]);
      path += alone ? "h.01" : "";
    }
    open = values[i].has_value();
  }
  return path;
}

Axis axis_of(const Panel& panel) {
  std::vector<double> all;
  for (const Line& line : panel.lines) {
    for (const std::optional<double>& value : line.values) {
      if (value) {
        all.push_back(*value);
      }
    }
  }
  if (panel.bound) {
    all.push_back(*panel.bound);
  }
  return axis_around(all);
}

void draw_frame(std::string& svg, const Place& place, const Panel& panel) {
  const double right = kWidth - kRight;
  svg += fmt::format("<rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                     kLeft,
                     place.top,
                     right - kLeft,
                     kPanel);
  for (const double tick : place.value.ticks) {
    const double y = place.y(tick);
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.2f}\" y2=\"{:.2f}\"/>"
        "<text class=\"small\" x=\"{}\" y=\"{:.2f}\" text-anchor=\"end\">{}</text>\n",
        kLeft,
        right,
        y,
        y,
        kLeft - 8,
        y + 4,
        tick_text(place.value, tick));
  }
  svg += fmt::format("<text class=\"panel\" x=\"{}\" y=\"{}\">{}</text>\n",
                     kLeft,
                     place.top - 10,
                     escaped(panel.title + (panel.unit.empty() ? "" : ", " + panel.unit)));
}

void draw_time(std::string& svg, const Place& place, const Plot& plot) {
  for (const Span& span : plot.spans) {
    svg += fmt::format(
        "<rect class=\"span\" x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\"><title>{}"
        "</title></rect>\n",
        place.x(span.from),
        place.top,
        std::max(place.x(span.to) - place.x(span.from), 1.0),
        kPanel,
        escaped(plot.spans_name));
  }
  for (std::size_t kind = 0; kind < plot.marks.size(); ++kind) {
    for (const double seconds : plot.marks[kind].seconds) {
      svg += fmt::format(
          "<line class=\"mark mark{}\" x1=\"{:.2f}\" x2=\"{:.2f}\" y1=\"{}\" y2=\"{}\"/>",
          kind,
          place.x(seconds),
          place.x(seconds),
          place.top,
          place.top + kPanel);
    }
  }
}

/// The lines, and their names from the right above the panel.
void draw_lines(std::string& svg, const Place& place, const Panel& panel, const Plot& plot) {
  if (panel.bound) {
    const double y = place.y(*panel.bound);
    svg += fmt::format(
        "<line class=\"bound\" x1=\"{}\" x2=\"{}\" y1=\"{:.2f}\" y2=\"{:.2f}\" "
        "data-bound=\"{}\"/>\n",
        kLeft,
        kWidth - kRight,
        y,
        y,
        value_text(panel.bound));
  }
  double legend = kWidth - kRight;
  for (std::size_t i = panel.lines.size(); i-- > 0;) {
    const Line& line = panel.lines[i];
    const char* colour =
        kColours.at((line.dashed ? i - panel.lines.size() / 2 : i) % kColours.size());
    svg += fmt::format(
        "<path class=\"line{}\" stroke=\"{}\" d=\"{}\" data-name=\"{}\" data-values=\"{}\"/>\n",
        line.dashed ? " dashed" : "",
        colour,
        path_of(place, plot.seconds, line.values),
        escaped(line.name),
        values_text(line.values));
    if (panel.lines.size() == 1) {
      return;  // the title names it
    }
    legend -= 6.2 * static_cast<double>(line.name.size());
    svg += fmt::format("<text class=\"small\" x=\"{:.1f}\" y=\"{}\">{}</text>",
                       legend,
                       place.top - 10,
                       escaped(line.name));
    legend -= 6;
    svg += fmt::format(
        "<line class=\"line{}\" stroke=\"{}\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>\n",
        line.dashed ? " dashed" : "",
        colour,
        legend - 20,
        legend,
        place.top - 14,
        place.top - 14);
    legend -= 36;
  }
}

void draw_time_axis(std::string& svg, const Place& place, const Plot& plot) {
  const double y = place.top + kPanel;
  for (const double tick : place.time.ticks) {
    svg += fmt::format(
        "<line class=\"box\" x1=\"{:.2f}\" x2=\"{:.2f}\" y1=\"{}\" y2=\"{}\"/>"
        "<text class=\"small\" x=\"{:.2f}\" y=\"{}\" text-anchor=\"middle\">{} s</text>\n",
        place.x(tick),
        place.x(tick),
        y,
        y + 4,
        place.x(tick),
        y + 18,
        tick_text(place.time, tick));
  }
  std::vector<std::string> keys;
  for (std::size_t kind = 0; kind < plot.marks.size(); ++kind) {
    if (!plot.marks[kind].seconds.empty()) {
      keys.push_back((kind == 0 ? "solid: " : "dotted: ") + plot.marks[kind].name);
    }
  }
  if (!plot.spans.empty()) {
    keys.push_back("shaded: " + plot.spans_name);
  }
  svg += fmt::format("<text class=\"small\" x=\"{}\" y=\"{}\">{}</text>\n",
                     kLeft,
                     y + 36,
                     escaped(fmt::format("{}", fmt::join(keys, "; "))));
}

}  // namespace

std::string to_svg(const Plot& plot) {
  const double height = kTop + static_cast<double>(plot.panels.size()) * (kPanel + kGap) + kBottom;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" data-seconds=\"{2}\">\n<title>{3}</title>\n",
      kWidth,
      height,
      values_text({plot.seconds.begin(), plot.seconds.end()}),
      escaped(plot.title));
  svg += kStyle;
  svg += fmt::format(
      "<text class=\"title\" x=\"{}\" y=\"26\">{}</text>\n", kLeft, escaped(plot.title));
  Place place{.time = axis_of_time(plot.seconds), .value = {}, .top = kTop - kPanel};
  for (const Panel& panel : plot.panels) {
    place.top += kGap + kPanel;
    place.value = axis_of(panel);
    draw_time(svg, place, plot);
    draw_frame(svg, place, panel);
    draw_lines(svg, place, panel, plot);
  }
  draw_time_axis(svg, place, plot);
  return svg + "</svg>\n";
}

}  // namespace hyportrait::plot
