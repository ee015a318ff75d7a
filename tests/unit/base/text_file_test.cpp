// SPDX-License-Identifier: Apache-2.0
#include "base/text_file.h"

#include "base/json_strict.h"
#include "base/safetensors.h"
#include "base/sha256.h"
#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace hyportrait {
namespace {

using test::expect_error;

TEST(TextFile, GivesTheWholeFile) {
  const auto path = test::test_dir() / "text";
  const std::string text(200'000, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(read_text_file(path, 200'000, ExitCode::usage), text);
  std::ofstream(path) << "";
  EXPECT_EQ(read_text_file(path, 0, ExitCode::usage), "");
}

TEST(TextFile, WhatIsTooLargeOrEndlessIsRefused) {
  const auto path = test::test_dir() / "text";
  std::ofstream(path) << "12345";
  expect_error(ExitCode::usage, "text: is larger than 4 bytes", [&] {
    read_text_file(path, 4, ExitCode::usage);
  });
  expect_error(ExitCode::bundle, "/dev/zero: is larger than 16 MiB", [] {
    read_text_file("/dev/zero", kMaxSettings, ExitCode::bundle, FileKind::any);
  });
}

TEST(TextFile, WhatCannotBeReadIsNamed) {
  const auto folder = test::test_dir();
  expect_error(ExitCode::usage, "none: cannot be read", [&] {
    read_text_file(folder / "none", 4, ExitCode::usage);
  });
  expect_error(ExitCode::usage, folder.string() + ": cannot be read", [&] {
    read_text_file(folder, 4, ExitCode::usage);
  });
}

TEST(TextFile, APipeIsNotWaitedFor) {
  const auto folder = test::test_dir();
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const std::filesystem::path& path : {folder / "pipe", std::filesystem::path("/dev/zero")}) {
    expect_error(ExitCode::usage,
                 path.string() + ": cannot be read: it is not an ordinary file",
                 [&] { read_text_file(path, 4, ExitCode::usage); });
    expect_error(ExitCode::failed, "not an ordinary file", [&] { sha256_file(path); });
    expect_error(ExitCode::input, "not an ordinary file", [&] { read_safetensors(path); });
    EXPECT_TRUE(read_json_or_null(path).is_null());
  }
}

}  // namespace
}  // namespace hyportrait
