// SPDX-License-Identifier: Apache-2.0
#include "inspect/series.h"

#include <functional>

namespace hyportrait::inspection {
namespace {

using Figure = std::function<std::optional<double>(const HeadFrame&)>;

std::vector<std::optional<double>> figures_of(const ClipFindings& clip, const Figure& figure) {
  std::vector<std::optional<double>> values;
  for (const HeadFrame& frame : clip.per_frame) {
    values.push_back(figure(frame));
  }
  return values;
}

Figure angle(double HeadPose::*member) {
  return [member](const HeadFrame& frame) {
    return frame.pose ? std::optional(*frame.pose.*member) : std::nullopt;
  };
}

}  // namespace

plot::Plot plot_of(const ClipFindings& clip, const std::string& title) {
  plot::Plot plot{.title = title,
                  .seconds = {},
                  .panels = {{.title = "head pose, rough",
                              .unit = "degrees",
                              .lines = {{"yaw", figures_of(clip, angle(&HeadPose::yaw))},
                                        {"pitch", figures_of(clip, angle(&HeadPose::pitch))},
                                        {"roll", figures_of(clip, angle(&HeadPose::roll))}},
                              .bound = {}},
                             {.title = "size of the face",
                              .unit = "px",
                              .lines = {{"size", figures_of(clip, &HeadFrame::size_px)}},
                              .bound = {}},
                             {.title = "sharpness of the face",
                              .unit = "levels",
                              .lines = {{"sharpness", figures_of(clip, &HeadFrame::sharpness)}},
                              .bound = {}}},
                  .marks = {},
                  .spans = {},
                  .spans_name = "no face"};
  for (const HeadFrame& frame : clip.per_frame) {
    plot.seconds.push_back(frame.seconds);
  }
  for (const FrameRun& run : clip.without_face) {
    plot.spans.push_back({run.start_seconds, run.end_seconds});
  }
  return plot;
}

}  // namespace hyportrait::inspection
