// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>

#include <stdexcept>
#include <string>

namespace hyportrait {

/// The exit codes of the program; `docs/cli.md` lists them for users.
enum class ExitCode : int {
  done = 0,
  failed = 1,        ///< output not writable, disk full, a bug
  usage = 2,         ///< command line or configuration; the output exists
  input = 3,         ///< input media: missing, broken, no face
  bundle = 4,        ///< the model bundle
  device = 5,        ///< device or memory
  comparison = 6,    ///< a comparison below its bound
  interrupted = 130  ///< Ctrl-C or SIGTERM
};

/// The one exception type. The message says what failed, on which input, why, and what to do.
class HYPORTRAIT_API Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode exit_code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

}  // namespace hyportrait
