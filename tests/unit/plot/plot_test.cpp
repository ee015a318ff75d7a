// SPDX-License-Identifier: Apache-2.0
#include "plot/plot.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hyportrait::plot {
namespace {

Plot sample() {
  return {.title = "a <b> & \"c\".mp4",
          .seconds = {0.0, 0.1, 0.2, 0.3},
          .panels = {{.title = "pose",
                      .unit = "degrees",
                      .lines = {{"yaw", {1.0, std::nullopt, 3.25, -4.0}, false},
                                {"driver's yaw", {0.0, 1.0, 2.0, 3.0}, true}},
                      .bound = 5.0}},
          .marks = {{"windows meet", {0.1}}, {"chunks meet", {}}},
          .spans = {{0.1, 0.2}},
          .spans_name = "no face"};
}

bool has(const std::string& svg, const std::string& text) {
  return svg.find(text) != svg.npos;
}

TEST(Plot, LinesCarryTheirValuesWithGaps) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(has(svg, "data-seconds=\"0 , 0.1 , 0.2 , 0.3\"")) << svg;
  EXPECT_TRUE(has(svg, "data-name=\"yaw\" data-values=\"1 ,  , 3.25 , -4\""));
  EXPECT_TRUE(has(svg, "data-bound=\"5\""));
}

TEST(Plot, ALineBreaksWhereThereIsNoValue) {
  const std::string svg = to_svg(sample());
  const std::size_t begin = svg.rfind(" d=\"", svg.find("data-name=\"yaw\"")) + 4;
  const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 1);
  EXPECT_TRUE(has(path, "h.01")) << "a value alone is a dot";
}

TEST(Plot, NamesAreText) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(has(svg, "a &lt;b&gt; &amp; &quot;c&quot;.mp4"));
  EXPECT_FALSE(has(svg, "<b>"));
}

TEST(Plot, SaysWhatMarksAndShadesMean) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(has(svg, "solid: windows meet; shaded: no face"));
  EXPECT_FALSE(has(svg, "chunks meet")) << "there are none";
}

}  // namespace
}  // namespace hyportrait::plot
