// SPDX-License-Identifier: Apache-2.0
#include "base/hashes.h"

#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace hyportrait {
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

TEST_F(FileHashesTest, ForgetsFilesThatAreGoneWhenThereAreTooMany) {
  EXPECT_EQ(hash(), sha256("abc"));
  const auto other = folder_ / "other";
  std::ofstream(other) << "x";
  auto remembered = nlohmann::json::parse(std::ifstream(cache()));
  for (int i = 0; i < 20'000; ++i) {
    remembered["/gone/file" + std::to_string(i) + "|1|1.1"] = "hash";
  }
  std::ofstream(cache()) << remembered;
  EXPECT_EQ(FileHashes().sha256(other), sha256("x"));
  remembered = nlohmann::json::parse(std::ifstream(cache()));
  EXPECT_EQ(remembered.size(), 2U);
  EXPECT_TRUE(remembered.begin().key().starts_with(other.string() + "|"));
}

TEST_F(FileHashesTest, APathThatIsNoUtf8DoesNotCostTheOthersTheirPlace) {
  const auto odd = folder_ / "caf\xE9";
  std::ofstream(odd) << "x";
  {
    FileHashes hashes;
    EXPECT_EQ(hashes.sha256(odd), sha256("x"));
    EXPECT_EQ(hashes.sha256(file_), sha256("abc"));
  }
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
}  // namespace hyportrait
