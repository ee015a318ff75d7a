// SPDX-License-Identifier: Apache-2.0
#include "run/reporter.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <vector>

namespace hyportrait::run {
namespace {

TEST(Reporter, AlwaysShowsTheEndWithTheTrueTotal) {
  std::vector<Progress> shown;
  RunHooks hooks;
  hooks.on_progress = [&](const Progress& progress) { shown.push_back(progress); };
  Reporter reporter(hooks, "motion", 100);
  for (int i = 1; i <= 7; ++i) {
    reporter.at(i);
  }
  reporter.finish();
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown.back().stage, "motion");
  EXPECT_EQ(shown.back().done, 7);
  EXPECT_EQ(shown.back().total, 7);
}

TEST(Reporter, ACancelledRunEndsAsInterrupted) {
  bool stop = false;
  RunHooks hooks;
  hooks.cancelled = [&] { return stop; };
  Reporter reporter(hooks, "denoise", 10);
  reporter.at(1);
  stop = true;
  test::expect_error(ExitCode::interrupted, "interrupted during denoise", [&] { reporter.at(2); });
}

}  // namespace
}  // namespace hyportrait::run
