// SPDX-License-Identifier: Apache-2.0
#include "metrics/bounds.h"

#include <gtest/gtest.h>

#include <limits>

namespace hyportrait::metrics {
namespace {

TEST(Bounds, HoldAtTheBoundItself) {
  Bounds bounds;
  bounds.at_least("a", 40.0, 40.0);
  bounds.at_most("b", 1.5, 1.5);
  bounds.at_least("c", 1.0, std::nullopt);
  bounds.at_most("d", std::nullopt, std::nullopt);
  EXPECT_TRUE(bounds.report({{"x", 1}}).passed);
}

TEST(Bounds, AMissedOneIsASentenceWithBothNumbers) {
  Bounds bounds;
  bounds.at_least("PSNR", 39.5, 40.0);
  const CheckReport report = bounds.report({{"x", 1}});
  EXPECT_FALSE(report.passed);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0], "PSNR: 39.5 is below 40");
  const auto json = nlohmann::json::parse(report.report_json);
  EXPECT_EQ(json.at("x"), 1);
  EXPECT_EQ(json.at("passed"), false);
  EXPECT_EQ(json.at("failures").at(0), report.failures[0]);
}

TEST(Bounds, WhatWasNotMeasuredDoesNotPass) {
  Bounds bounds;
  bounds.at_least("a", std::nullopt, 1.0);
  bounds.at_most("b", std::nullopt, 1.0);
  bounds.at_most("c", std::numeric_limits<double>::quiet_NaN(), 1.0);
  EXPECT_EQ(bounds.report({}).failures.size(), 3U);
}

}  // namespace
}  // namespace hyportrait::metrics
