// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

/// Runs `action`; an Error is what a bad file is answered with, anything else ends the fuzzer.
template <class Action>
void refuse_or_run(Action&& action) {
  try {
    action();
  } catch (const Error&) {
  }
}

/// Ends the fuzzer unless `fact` holds.
inline void must(bool fact) {
  if (!fact) {
    std::abort();
  }
}

}  // namespace hyportrait::test
