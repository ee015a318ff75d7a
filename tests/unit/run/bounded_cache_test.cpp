// SPDX-License-Identifier: Apache-2.0
#include "run/bounded_cache.h"

#include <gtest/gtest.h>

namespace hyportrait::run {
namespace {

TEST(BoundedCache, KeepsWhatWasUsedLast) {
  BoundedCache<int> cache(10);
  cache.put("a", 1, 4);
  cache.put("b", 2, 4);
  EXPECT_EQ(cache.find("a"), 1);
  cache.put("c", 3, 4);
  EXPECT_EQ(cache.find("a"), 1);
  EXPECT_EQ(cache.find("b"), std::nullopt);
  EXPECT_EQ(cache.find("c"), 3);
  cache.put("d", 4, 10);
  EXPECT_EQ(cache.find("a"), std::nullopt);
  EXPECT_EQ(cache.find("d"), 4);
}

TEST(BoundedCache, RefusesWhatIsTooLargeAndKeepsTheRest) {
  BoundedCache<int> cache(10);
  cache.put("a", 1, 4);
  cache.put("b", 2, 11);
  EXPECT_EQ(cache.find("a"), 1);
  EXPECT_EQ(cache.find("b"), std::nullopt);
  BoundedCache<int> none(0);
  none.put("a", 1, 1);
  EXPECT_EQ(none.find("a"), std::nullopt);
}

}  // namespace
}  // namespace hyportrait::run
