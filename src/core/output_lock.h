// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <filesystem>

namespace hyportrait {

/// Another process is working on the output, or has finished it meanwhile.
class OutputBusy final : public Error {
 public:
  explicit OutputBusy(const std::string& message) : Error(ExitCode::failed, message) {}
};

/// Keeps an output to one process at a time: holds a lock (flock) on the output's ".part", which
/// the kernel drops when the process ends, however it ends. A file system without locks guards
/// nothing, and says so in the log.
class OutputLock final {
 public:
  /// Throws OutputBusy while another process holds it, Error(failed) when the folder cannot be
  /// written.
  explicit OutputLock(const std::filesystem::path& output);
  /// Removes the ".part" unless it has become the output.
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  std::filesystem::path part_;
  int descriptor_ = -1;
};

}  // namespace hyportrait
