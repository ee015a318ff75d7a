// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace hyportrait::test {

/// A clean folder of the running test's own, under the system's temporary folder.
std::filesystem::path test_dir();

/// A file's whole content; empty when it cannot be read.
std::string file_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

/// `relative` inside ../shared (beside the checkout); empty when it is not there.
std::filesystem::path shared_path(const std::filesystem::path& relative);

/// The checkout's root and the build tree's root (set by CTest; see cmake/targets.cmake).
std::filesystem::path source_dir();
std::filesystem::path binary_dir();

}  // namespace hyportrait::test

/// Skips the running test with a loud reason when ../shared does not hold `relative`.
#define HYPORTRAIT_NEEDS_SHARED(relative)                                             \
  if (::hyportrait::test::shared_path(relative).empty()) {                            \
    GTEST_SKIP() << "SKIPPED: needs ../shared/" << relative << ", which is not here"; \
  }
