// SPDX-License-Identifier: Apache-2.0
#include "plan/default_bundle.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

void write(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "{}";
}

class DefaultBundle : public ::testing::Test {
 protected:
  void SetUp() override { root_ = fs::canonical(test::test_dir()); }
  void TearDown() override { fs::current_path(before_); }

  fs::path add(const fs::path& folder) {
    write(root_ / folder / "manifest.json");
    return root_ / folder;
  }
  fs::path library(const fs::path& path) {
    write(root_ / path);
    return root_ / path;
  }
  fs::path root_;
  fs::path before_ = fs::current_path();
};

TEST_F(DefaultBundle, IsBesideTheLibraryAsInstalledOrAsBuilt) {
  const fs::path installed = library("usr/lib/libhyportrait.so");
  const fs::path triplet = library("usr/lib/x86_64-linux-gnu/libhyportrait.so");
  const fs::path built = library("checkout/build/release/lib/libhyportrait.so");
  const fs::path shared = add("usr/share/hyportrait/models/demo");
  const fs::path demo = add("checkout/models/demo");
  EXPECT_EQ(default_bundle(installed), shared);
  EXPECT_EQ(default_bundle(triplet), shared);
  EXPECT_EQ(default_bundle(built), demo);
  const fs::path official = add("checkout/models/official");
  EXPECT_EQ(default_bundle(built), official);
  fs::create_symlink(built, root_ / "link.so");
  EXPECT_EQ(default_bundle(root_ / "link.so"), official);
}

TEST_F(DefaultBundle, IsNeverLookedForFromTheCurrentFolder) {
  add("models/official");
  add("a/share/hyportrait/models/demo");
  const fs::path current = root_ / "a" / "b" / "c";
  fs::create_directories(current);
  write(current / "hyportrait");
  fs::current_path(current);
  for (const fs::path& unknown :
       {fs::path(), fs::path("hyportrait"), fs::path("./gone.so"), root_ / "gone/lib/gone.so"}) {
    expect_error(ExitCode::bundle,
                 {"no model bundle", "'" + unknown.string() + "'", "--bundle"},
                 [&] { default_bundle(unknown); });
  }
}

TEST_F(DefaultBundle, IsNotThereWhenNoneIsBesideTheLibrary) {
  const fs::path alone = library("opt/a/b/lib/libhyportrait.so");
  expect_error(
      ExitCode::bundle, {"no model bundle", "models/demo"}, [&] { default_bundle(alone); });
}

}  // namespace
}  // namespace hyportrait::plan
