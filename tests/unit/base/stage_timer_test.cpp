// SPDX-License-Identifier: Apache-2.0
#include "base/stage_timer.h"

#include <gtest/gtest.h>

namespace hyportrait {
namespace {

TEST(StageTimer, SumsAStageAndKeepsTheOrderOfFirstUse) {
  StageTimes times;
  times.add("motion", 1.0);
  times.add("denoise", 2.0);
  times.add("motion", 0.5);
  { const StageTimer timer(times, "render"); }
  ASSERT_EQ(times.stages().size(), 3U);
  EXPECT_EQ(times.stages()[0].first, "motion");
  EXPECT_DOUBLE_EQ(times.stages()[0].second, 1.5);
  EXPECT_GE(times.stages()[2].second, 0.0);
}

TEST(StageTimer, PeakMemoryIsAtLeastWhatIsHeld) {
  const std::vector<char> held(std::size_t{64} << 20, 'x');
  EXPECT_GE(peak_host_memory(), held.size());
}

}  // namespace
}  // namespace hyportrait
