// SPDX-License-Identifier: Apache-2.0
#include "bench/samples.h"

#include <gtest/gtest.h>

namespace hyportrait::bench {
namespace {

TEST(BenchSamples, TheSpreadIsFromTheFastestToTheSlowest) {
  const TimedFigure figure = figure_of({3.0, 1.0, 9.0});
  EXPECT_DOUBLE_EQ(figure.median, 3.0);
  EXPECT_DOUBLE_EQ(figure.fastest, 1.0);
  EXPECT_DOUBLE_EQ(figure.slowest, 9.0);
}

}  // namespace
}  // namespace hyportrait::bench
