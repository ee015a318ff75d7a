// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hyportrait {
namespace {

// FIPS 180-4's example "abc".
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, GivesTheStandardsExample) {
  EXPECT_EQ(sha256("abc"), kAbc);
  const auto path = test::test_dir() / "abc";
  std::ofstream(path) << "abc";
  EXPECT_EQ(sha256_file(path), kAbc);
}

TEST(Sha256, AMissingFileIsAnError) {
  const auto path = test::test_dir() / "none";
  test::expect_error(ExitCode::failed, path.string(), [&] { sha256_file(path); });
}

}  // namespace
}  // namespace hyportrait
