// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <gtest/gtest.h>

namespace hyportrait {
namespace {

TEST(ReportJson, AMissedBoundIsAFailureInTheText) {
  Comparison comparison{.a = {.path = "a.mp4", .frames = 3},
                        .failures = {"PSNR: 39.5 is below 40"}};
  Json json = json_of(comparison);
  EXPECT_EQ(json.at("passed"), false);
  EXPECT_EQ(json.at("failures").at(0), "PSNR: 39.5 is below 40");
  EXPECT_EQ(json.at("a").at("frames"), 3);
  EXPECT_TRUE(json.at("times").is_null());
  comparison.times = TimeDifference{0.04, 2};
  comparison.failures.clear();
  json = json_of(comparison);
  EXPECT_EQ(json.at("passed"), true);
  EXPECT_EQ(json.at("times").at("frame"), 2);
}

TEST(ReportJson, WhatIsNotKnownIsNull) {
  const Json metrics = json_of(Metrics{.frames = 2, .identity_mean = 0.5});
  EXPECT_EQ(metrics.at("identity").at("mean"), 0.5);
  EXPECT_TRUE(metrics.at("identity").at("worst").is_null());
  EXPECT_TRUE(metrics.at("against_driver").at("psnr").is_null());
  const Json plan = json_of(PlannedRun{.plan_hash = "abc"});
  EXPECT_TRUE(plan.at("memory").at("denoise_bytes").is_null());
  EXPECT_TRUE(plan.at("work").at("seconds").is_null());
  EXPECT_EQ(plan.at("plan_hash"), "abc");
  EXPECT_EQ(plan.at("options").at("seed"), 72580);
  const Json bench = json_of(BenchReport{});
  EXPECT_TRUE(bench.at("unet").at("window_step_tflop").is_null());
  EXPECT_TRUE(json_of(Diagnosis{}).at("gpu").is_null());
}

TEST(ReportJson, AnInspectionIsOfAPictureOrAClip) {
  PictureFindings picture;
  picture.faces.push_back({.score = 0.5, .box = {1, 2, 3, 4}});
  const Json seen = json_of(Inspection{.path = "a.png", .size = {8, 9}, .findings = picture});
  EXPECT_EQ(seen.at("kind"), "picture");
  EXPECT_EQ(seen.at("faces").at(0).at("box").at("width"), 3);
  EXPECT_TRUE(seen.at("chosen").is_null());
  ClipFindings clip{.frames = 9};
  clip.without_face = {{.first = 2, .last = 4}, {.first = 7, .last = 7}};
  const Json walked = json_of(Inspection{.findings = clip});
  EXPECT_EQ(walked.at("kind"), "clip");
  EXPECT_EQ(walked.at("frames_without_face"), 4);
  EXPECT_EQ(walked.at("without_face").at(0).at("frames"), Json::array({2, 4}));
}

}  // namespace
}  // namespace hyportrait
