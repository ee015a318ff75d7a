// SPDX-License-Identifier: Apache-2.0
#include "nn/torch_error.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <string_view>

namespace hyportrait::nn {
namespace {

// The last three are oneDNN's, which does not say why; for a network that runs with smaller inputs
// it is memory.
constexpr std::array<std::string_view, 8> kMemory{"out of memory",
                                                  "can't allocate memory",
                                                  "not enough memory",
                                                  "CUBLAS_STATUS_ALLOC_FAILED",
                                                  "CUDNN_STATUS_ALLOC_FAILED",
                                                  "could not create a primitive",
                                                  "could not execute a primitive",
                                                  "could not create a memory object"};
// As the libraries of torch 2.11 word them, and nvrtc itself in the log of a kernel that it
// refuses.
constexpr std::array<std::string_view, 11> kDevice{"CUDA error",
                                                   "CUDA driver error",
                                                   "CUDA NVRTC error",
                                                   "CUDNN_STATUS_",
                                                   "CUBLAS_STATUS_",
                                                   "cuDNN error",
                                                   "cuDNN Frontend error",
                                                   "nvrtc: error",
                                                   "nable to find an engine to execute",
                                                   "nable to find a valid cuDNN algorithm",
                                                   "No CUDA GPUs are available"};

template <std::size_t N>
bool holds_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

TorchFailure failure_of(const std::exception& error) {
  const std::string_view text = error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
      holds_one_of(text, kMemory)) {
    return TorchFailure::memory;
  }
  if (dynamic_cast<const c10::AcceleratorError*>(&error) != nullptr ||
      holds_one_of(text, kDevice)) {
    return TorchFailure::device;
  }
  return TorchFailure::other;
}

std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  for (const char* marker : {"RuntimeError: ", "Error: "}) {
    const std::size_t at = text.rfind(marker);
    if (at != std::string::npos) {
      text.erase(0, at + std::string_view(marker).size());
      break;
    }
  }
  const std::size_t begin = std::min(text.find_first_not_of(" \n"), text.size());
  text = first_line(text.substr(begin));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

void throw_if_device_failed(const std::exception& error, const std::string& what) {
  switch (failure_of(error)) {
    case TorchFailure::memory:
      throw OutOfMemory(what + ": not enough memory (" + reason(error) +
                        "); lower --window, --decode-chunk or --size");
    case TorchFailure::device:
      throw Error(
          ExitCode::device,
          what + ": the device failed: " + reason(error) +
              "; try again, look at nvidia-smi and hyportrait doctor, or pass --device cpu");
    case TorchFailure::other:
      break;
  }
}

void throw_as_error(const std::exception& error, const std::string& what) {
  if (const auto* known = dynamic_cast<const Error*>(&error)) {
    throw *known;
  }
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    throw Error(ExitCode::failed,
                what + ": " + file->path1().string() + ": " + file->code().message());
  }
  throw_if_device_failed(error, what);
  throw Error(ExitCode::failed, what + ": " + reason(error) + " (this is a bug; please report it)");
}

}  // namespace hyportrait::nn
