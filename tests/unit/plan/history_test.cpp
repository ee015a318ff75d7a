// SPDX-License-Identifier: Apache-2.0
#include "plan/history.h"

#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace hyportrait::plan {
namespace {

TEST(History, RemembersTheLastRunOfEachKeyAndSurvivesABrokenRecord) {
  const auto cache = test::test_dir();
  ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  EXPECT_FALSE(past_speed("a cpu fp32 64"));
  note_speed("a cpu fp32 64", {2.0, 0.1});
  note_speed("b cpu fp32 64", {9.0, 0.9});
  note_speed("a cpu fp32 64", {3.0, 0.2});
  ASSERT_TRUE(past_speed("a cpu fp32 64"));
  EXPECT_DOUBLE_EQ(past_speed("a cpu fp32 64")->branch_step_seconds, 3.0);
  EXPECT_DOUBLE_EQ(past_speed("b cpu fp32 64")->frame_seconds, 0.9);
  std::ofstream(cache / "hyportrait" / "run-speeds.json") << "{ broken";
  EXPECT_FALSE(past_speed("a cpu fp32 64"));
  note_speed("a cpu fp32 64", {1.0, 0.3});
  EXPECT_DOUBLE_EQ(past_speed("a cpu fp32 64")->frame_seconds, 0.3);
}

}  // namespace
}  // namespace hyportrait::plan
