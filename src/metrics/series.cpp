// SPDX-License-Identifier: Apache-2.0
#include "metrics/series.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace hyportrait::metrics {
namespace {

using Values = std::vector<std::optional<double>>;

Values values_of(const Metrics& metrics, std::optional<double> MetricsFrame::*figure) {
  Values values;
  for (const MetricsFrame& frame : metrics.per_frame) {
    values.push_back(frame.*figure);
  }
  return values;
}

Values angle_of(const Metrics& metrics,
                std::optional<std::array<double, 3>> MetricsFrame::*pose,
                std::size_t angle) {
  Values values;
  for (const MetricsFrame& frame : metrics.per_frame) {
    const auto& angles = frame.*pose;
    values.push_back(angles ? std::optional((*angles).at(angle)) : std::nullopt);
  }
  return values;
}

plot::Panel poses(const Metrics& metrics) {
  plot::Panel panel{.title = "head pose", .unit = "degrees", .lines = {}, .bound = {}};
  const auto name_of = [&](std::size_t angle) {
    return metrics.rotation_order.empty() ? fmt::format("angle {}", angle + 1)
                                          : metrics.rotation_order.at(angle);
  };
  for (const bool driver : {false, true}) {
    for (std::size_t angle = 0; angle < 3; ++angle) {
      panel.lines.push_back(
          {.name = driver ? "driver's " + name_of(angle) : name_of(angle),
           .values =
               angle_of(metrics, driver ? &MetricsFrame::driver_pose : &MetricsFrame::pose, angle),
           .dashed = driver});
    }
  }
  return panel;
}

std::vector<double> times_of(const Metrics& metrics, const std::vector<std::int64_t>& frames) {
  std::vector<double> seconds;
  for (const std::int64_t frame : frames) {
    seconds.push_back(metrics.per_frame.at(static_cast<std::size_t>(frame)).seconds);
  }
  return seconds;
}

bool is_known(const Values& values) {
  return std::any_of(
      values.begin(), values.end(), [](const auto& value) { return value.has_value(); });
}

}  // namespace

plot::Plot plot_of(const Metrics& metrics, const MetricsOptions& bounds) {
  plot::Plot plot{.title = metrics.result.filename().string(),
                  .seconds = {},
                  .panels = {poses(metrics)},
                  .marks = {{"windows meet", times_of(metrics, metrics.window_borders)},
                            {"chunks meet", times_of(metrics, metrics.chunk_borders)}},
                  .spans = {},
                  .spans_name = ""};
  for (const MetricsFrame& frame : metrics.per_frame) {
    plot.seconds.push_back(frame.seconds);
  }
  plot.panels.push_back({.title = "expression, distance from the driver's",
                         .unit = "",
                         .lines = {{"distance", values_of(metrics, &MetricsFrame::expression)}},
                         .bound = bounds.max_expression});
  plot.panels.push_back({.title = "identity, cosine to the portrait",
                         .unit = "",
                         .lines = {{"identity", values_of(metrics, &MetricsFrame::identity)}},
                         .bound = bounds.min_identity});
  plot.panels.push_back(
      {.title = "flicker of the face",
       .unit = "levels",
       .lines = {{"flicker", values_of(metrics, &MetricsFrame::flicker)},
                 {"driver's flicker", values_of(metrics, &MetricsFrame::flicker_driver), true}},
       .bound = {}});
  Values close = values_of(metrics, &MetricsFrame::driver_psnr);
  if (is_known(close)) {
    plot.panels.push_back({.title = "PSNR to the driver",
                           .unit = "dB",
                           .lines = {{"PSNR", std::move(close)}},
                           .bound = bounds.min_psnr});
  }
  return plot;
}

}  // namespace hyportrait::metrics
