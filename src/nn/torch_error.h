// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <exception>
#include <string>

namespace hyportrait::nn {

enum class TorchFailure {
  memory,  ///< not enough of it, on the host or the device
  device,  ///< CUDA, cuDNN, cuBLAS, NVRTC or the driver: another try, device or process may do
  other    ///< the network itself: a shape, a type, an operator
};

/// What kind of failure torch reports. Inside the TorchScript interpreter it keeps only the text of
/// an error, so the text is what is asked.
TorchFailure failure_of(const std::exception& error);

/// The line of the error's text that says what is wrong, without backtraces.
std::string reason(const std::exception& error);

/// The Error(device) of a failure of memory: a caller that can ask for less catches it.
class OutOfMemory final : public Error {
 public:
  explicit OutOfMemory(const std::string& message) : Error(ExitCode::device, message) {}
};

/// Throws OutOfMemory for a failure of memory and Error(device) for one of the device; returns for
/// any other. `what`: what was done, on what.
void throw_if_device_failed(const std::exception& error, const std::string& what);

/// Whatever was caught as an Error with one line of text: an Error as it is (sliced to that type),
/// those of throw_if_device_failed, else Error(failed). No text of a library's goes further than
/// its reason.
[[noreturn]] void throw_as_error(const std::exception& error, const std::string& what);

}  // namespace hyportrait::nn
