// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include "fuzz/failing_new.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>

namespace hyportrait::test {

/// The input as a file of this name, in a folder of the process's own.
inline std::filesystem::path input_file(const std::uint8_t* data,
                                        std::size_t size,
                                        const std::string& name) {
  static const std::filesystem::path kFolder = [] {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("hyportrait-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::atexit([] {
      std::filesystem::remove_all(std::filesystem::temp_directory_path() /
                                  ("hyportrait-fuzz-" + std::to_string(::getpid())));
    });
    return folder;
  }();
  std::ofstream(kFolder / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return kFolder / name;
}

/// Runs `action`; an Error is what a bad file is answered with, anything else ends the fuzzer. Then
/// once more, with one of its allocations failing: std::bad_alloc is an answer to that.
template <class Action>
void refuse_or_run(Action&& action) {
  const auto run = [&] {
    try {
      action();
    } catch (const Error&) {
    }
  };
  count_allocations();
  run();
  const std::uint64_t allocations = allocations_counted();
  if (allocations == 0) {
    return;
  }
  static std::uint64_t state = 1;  // which one: another in each run (Knuth's MMIX generator)
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  fail_allocation((state >> 33U) % allocations);
  try {
    run();
  } catch (const std::bad_alloc&) {
  }
  fail_none();
}

/// Ends the fuzzer unless `fact` holds.
inline void must(bool fact) {
  if (!fact) {
    std::abort();
  }
}

}  // namespace hyportrait::test
