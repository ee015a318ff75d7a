// SPDX-License-Identifier: Apache-2.0
#include "nn/file_hashes.h"

#include "core/sha256.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace hyportrait::nn {
namespace {

class FileHashesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    file_ = folder_ / "weights";
    std::ofstream(file_) << "abc";
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  std::string hash() const { return FileHashes().sha256(file_); }
  std::filesystem::path cache() const { return folder_ / "cache" / "hyportrait" / "hashes.json"; }
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

TEST_F(FileHashesTest, RemembersAFileThatHasNotChanged) {
  EXPECT_EQ(hash(), sha256("abc"));
  auto remembered = nlohmann::json::parse(std::ifstream(cache()));
  ASSERT_EQ(remembered.size(), 1U);
  remembered.begin().value() = "from the cache";
  std::ofstream(cache()) << remembered;
  EXPECT_EQ(hash(), "from the cache");
}

TEST_F(FileHashesTest, ForgetsAFileThatHasChanged) {
  EXPECT_EQ(hash(), sha256("abc"));
  std::ofstream(file_) << "abcd";
  EXPECT_EQ(hash(), sha256("abcd"));
  EXPECT_EQ(nlohmann::json::parse(std::ifstream(cache())).size(), 1U);
}

TEST_F(FileHashesTest, WorksWithoutACache) {
  std::ofstream(folder_ / "cache") << "a file where the folder should be";
  EXPECT_EQ(hash(), sha256("abc"));
}

TEST_F(FileHashesTest, IgnoresABrokenCache) {
  std::filesystem::create_directories(cache().parent_path());
  std::ofstream(cache()) << "{ not json";
  EXPECT_EQ(hash(), sha256("abc"));
}

}  // namespace
}  // namespace hyportrait::nn
