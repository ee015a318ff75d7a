// SPDX-License-Identifier: Apache-2.0
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace hyportrait::test {

namespace fs = std::filesystem;

fs::path test_dir() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(info->test_suite_name()) + "." + info->name();
  for (char& c : name) {
    c = c == '/' ? '_' : c;
  }
  const fs::path dir =
      fs::temp_directory_path() / ("hyportrait-test-" + std::to_string(getpid())) / name;
  fs::remove_all(dir);
  fs::create_directories(dir);
  return dir;
}

std::string file_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

fs::path source_dir() {
  const char* dir = std::getenv("HYPORTRAIT_SOURCE_DIR");
  return dir != nullptr ? fs::path(dir) : fs::current_path();
}

fs::path binary_dir() {
  const char* dir = std::getenv("HYPORTRAIT_BINARY_DIR");
  return dir != nullptr ? fs::path(dir) : fs::current_path() / "build" / "release";
}

fs::path shared_path(const fs::path& relative) {
  const fs::path path = source_dir().parent_path() / "shared" / relative;
  return fs::exists(path) ? path : fs::path();
}

}  // namespace hyportrait::test
