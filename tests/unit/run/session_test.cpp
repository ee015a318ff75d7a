// SPDX-License-Identifier: Apache-2.0
#include "run/session.h"

#include "run/one_run.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    for (const char* name : {"one", "two"}) {
      test::ScriptBundle files(folder_ / name);
      files.manifest["name"] = name;
      files.write();
    }
  }
  static EncodedPortrait portrait() {
    EncodedPortrait portrait;
    portrait.reference.tokens = torch::ones({1});
    return portrait;
  }

  fs::path folder_;
};

TEST_F(SessionTest, OneBundleIsOpenAtATime) {
  Session session(SessionKind::many_jobs);
  const nn::Bundle* first = &session.bundle(folder_ / "one");
  EXPECT_EQ(&session.bundle(folder_ / "one"), first);
  EXPECT_EQ(session.bundle(folder_ / "one").manifest().name, "one");
  EXPECT_EQ(session.bundle(folder_ / "two").manifest().name, "two");
  test::expect_error(ExitCode::bundle, "none", [&] { session.bundle(folder_ / "none"); });
}

TEST_F(SessionTest, ManyJobsShareNetworksAndConditionsOneJobNothing) {
  Session many(SessionKind::many_jobs);
  EXPECT_TRUE(many.bundle(folder_ / "one").keeps_networks());
  many.portraits.put("key", portrait(), 1);
  EXPECT_TRUE(many.portraits.find("key"));
  Session one(SessionKind::one_job);
  EXPECT_FALSE(one.bundle(folder_ / "one").keeps_networks());
  one.portraits.put("key", portrait(), 1);
  EXPECT_FALSE(one.portraits.find("key"));
}

TEST_F(SessionTest, AnotherBundleAndRunningOutOfMemoryDropWhatIsShared) {
  Session session(SessionKind::many_jobs);
  session.bundle(folder_ / "one");
  session.portraits.put("key", portrait(), 1);
  session.clips.put("key", DrivingMotion{}, 1);
  session.free_memory();
  EXPECT_FALSE(session.portraits.find("key") || session.clips.find("key"));
  EXPECT_TRUE(session.bundle(folder_ / "one").keeps_networks());
  session.portraits.put("key", portrait(), 1);
  session.bundle(folder_ / "two");
  EXPECT_FALSE(session.portraits.find("key"));
  EXPECT_TRUE(session.bundle(folder_ / "two").keeps_networks());
}

TEST(OneRunTest, ASecondRunInTheProcessIsRefusedUntilTheFirstHasEnded) {
  {
    const OneRun first("animate");
    test::expect_error(
        ExitCode::usage, "batch: another run is under way", [] { const OneRun second("batch"); });
  }
  EXPECT_NO_THROW(OneRun("bench"));
}

}  // namespace
}  // namespace hyportrait::run
