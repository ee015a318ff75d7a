// SPDX-License-Identifier: Apache-2.0
#include "base/safetensors.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

namespace hyportrait {
namespace {

using test::expect_error;

void write_raw(const std::filesystem::path& path,
               const std::string& header,
               const std::string& data) {
  std::ofstream file(path, std::ios::binary);
  const std::uint64_t size = header.size();
  file.write(reinterpret_cast<const char*>(&size), 8);
  file << header << data;
}

TEST(Safetensors, RoundTripKeepsShapesAndBytes) {
  const auto path = test::test_dir() / "noise.safetensors";
  const SafeTensors written{{"noise", {"F32", {2, 1}, {0, 1, 2, 3, 4, 5, 6, 7}}},
                            {"scalar", {"U8", {}, {9}}}};
  write_safetensors(path, written);
  const SafeTensors read = read_safetensors(path);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read.at("noise").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(read.at("noise").bytes, written.at("noise").bytes);
  EXPECT_EQ(read.at("scalar").bytes.front(), 9);
}

TEST(Safetensors, MetadataComesBack) {
  const auto path = test::test_dir() / "state.safetensors";
  const SafeTensors tensors{{"x", {"U8", {1}, {9}}}};
  SafeTensorsMetadata read;
  const auto keep = [&](const SafeTensorsHeader& header) { read = header.metadata; };
  write_safetensors(path, tensors);
  read_safetensors(path, keep);
  EXPECT_TRUE(read.empty());
  const SafeTensorsMetadata metadata{{"step", "3"}, {"device", "cpu \"0\""}};
  write_safetensors(path, tensors, metadata);
  EXPECT_EQ(read_safetensors(path, keep).size(), 1U);
  EXPECT_EQ(read, metadata);
  write_raw(path, R"({"__metadata__":{"step":3}})", "");
  expect_error(ExitCode::input, "'step' is not text", [&] { read_safetensors(path); });
  write_raw(path, R"({"__metadata__":"step"})", "");
  expect_error(
      ExitCode::input, "its metadata is not a JSON object", [&] { read_safetensors(path); });
}

TEST(Safetensors, AHeaderIsJudgedBeforeTheDataIsRead) {
  const auto path = test::test_dir() / "huge.safetensors";
  write_raw(
      path, R"({"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}})", "");
  std::filesystem::resize_file(path,
                               std::filesystem::file_size(path) + 1'099'511'627'776);  // sparse
  expect_error(ExitCode::input, "not that one", [&] {
    read_safetensors(path, [](const SafeTensorsHeader& header) {
      EXPECT_EQ(header.arrays.at("a").shape.front(), 1'099'511'627'776);
      throw Error(ExitCode::input, "not that one");
    });
  });
}

TEST(Safetensors, ArraysFillTheDataWithoutOverlapOrGap) {
  const auto path = test::test_dir() / "ranges.safetensors";
  const auto read = [&] { read_safetensors(path); };
  const auto write = [&](const char* a, const char* b) {
    write_raw(path,
              std::string(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)") + a +
                  R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}",
              "1234");
  };
  write("[2,4]", "[0,2]");
  EXPECT_EQ(read_safetensors(path).at("b").bytes, (std::vector<std::uint8_t>{'1', '2'}));
  write("[0,2]", "[0,2]");
  expect_error(ExitCode::input, "'b' overlaps another array", read);
  write("[0,2]", "[1,3]");
  expect_error(ExitCode::input, "'b' overlaps another array or leaves a gap", read);
  write("[0,2]", "[-4,-2]");
  expect_error(ExitCode::input, "'b' has no sensible data_offsets", read);
  write("[0,2]", "[0.0,2.0]");
  expect_error(ExitCode::input, "'b' has no sensible data_offsets", read);
  write_raw(path, R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "1234");
  expect_error(ExitCode::input, "2 bytes at its end belong to no array", read);
}

TEST(Safetensors, HeadersHaveLimits) {
  const auto path = test::test_dir() / "header.safetensors";
  const auto read = [&] { read_safetensors(path); };
  write_raw(path, std::string((8U << 20) + 1, ' '), "");
  expect_error(ExitCode::input, "its header is larger than 8 MiB", read);
  write_raw(path, R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "");
  expect_error(ExitCode::input, "not a JSON object", read);
}

TEST(Safetensors, BrokenFilesAreRefusedWithTheReason) {
  const auto path = test::test_dir() / "bad.safetensors";
  const auto read = [&] { read_safetensors(path); };
  expect_error(ExitCode::input, "cannot be opened", read);
  std::ofstream(path) << "text";
  expect_error(ExitCode::input, "the header is cut off", read);
  write_raw(path, "[1]", "");
  expect_error(ExitCode::input, "not a JSON object", read);
  write_raw(path, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234");
  expect_error(ExitCode::input, "'a' lies outside the file", read);
  write_raw(path, R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234");
  expect_error(ExitCode::input, "its shape and dtype do not give", read);
  write_raw(path, R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", "1234");
  expect_error(ExitCode::input, "unknown dtype 'F99'", read);
  write_raw(path, R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234");
  expect_error(ExitCode::input, "'a'", read);
  write_raw(path,
            R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})",
            "1234");
  expect_error(ExitCode::input, "'a'", read);
}

}  // namespace
}  // namespace hyportrait
