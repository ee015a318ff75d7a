// SPDX-License-Identifier: Apache-2.0
#include "metrics/bounds.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace hyportrait::metrics {
namespace {

TEST(Bounds, HoldAtTheBoundItself) {
  Bounds bounds;
  bounds.at_least("a", 40.0, 40.0);
  bounds.at_most("b", 1.5, 1.5);
  bounds.at_least("c", 1.0, std::nullopt);
  bounds.at_most("d", std::nullopt, std::nullopt);
  EXPECT_TRUE(bounds.take_failures().empty());
}

TEST(Bounds, AMissedOneIsASentenceWithBothNumbers) {
  Bounds bounds;
  bounds.at_least("PSNR", 39.5, 40.0);
  EXPECT_EQ(bounds.take_failures(), std::vector<std::string>{"PSNR: 39.5 is below 40"});
}

TEST(Bounds, WhatWasNotMeasuredDoesNotPass) {
  Bounds bounds;
  bounds.at_least("a", std::nullopt, 1.0);
  bounds.at_most("b", std::nullopt, 1.0);
  bounds.at_most("c", std::numeric_limits<double>::quiet_NaN(), 1.0);
  EXPECT_EQ(bounds.take_failures().size(), 3U);
}

}  // namespace
}  // namespace hyportrait::metrics
