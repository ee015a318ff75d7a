// SPDX-License-Identifier: Apache-2.0
#include "base/median.h"

#include <gtest/gtest.h>

namespace hyportrait {
namespace {

TEST(Median, IsTheMiddleWhateverTheOrder) {
  EXPECT_DOUBLE_EQ(median({3.0, 1.0, 9.0}), 3.0);
  EXPECT_DOUBLE_EQ(median({4.0, 1.0, 2.0, 100.0}), 3.0);
  EXPECT_DOUBLE_EQ(median({7.0}), 7.0);
  EXPECT_DOUBLE_EQ(median({}), 0.0);
}

TEST(Median, TheUpperOneIsAValueThatIsThere) {
  EXPECT_DOUBLE_EQ(upper_median({3.0, 1.0, 9.0}), 3.0);
  EXPECT_DOUBLE_EQ(upper_median({4.0, 1.0, 2.0, 100.0}), 4.0);
}

}  // namespace
}  // namespace hyportrait
