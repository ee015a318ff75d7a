// SPDX-License-Identifier: Apache-2.0
#include "nn/torch_error.h"

#include "support/expect_error.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace hyportrait::nn {
namespace {

using test::expect_error;

c10::SourceLocation here() {
  return {__func__, __FILE__, __LINE__};
}

/// What the interpreter makes of an error inside a network: only its text is left.
std::runtime_error in_the_interpreter(const std::string& text) {
  return std::runtime_error(
      "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript, "
      "serialized code (most recent call last):\n  File \"code/__torch__/unet.py\", line 4, in "
      "forward\n    return torch.conv2d(x, self.weight)\nRuntimeError: " +
      text + "\n");
}

TEST(TorchError, DeviceErrorsAreTold) {
  EXPECT_EQ(failure_of(c10::AcceleratorError(here(), 700, "anything")), TorchFailure::device);
  EXPECT_EQ(failure_of(c10::Error(here(), "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")),
            TorchFailure::device);
  const std::vector<std::string> texts{
      "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be "
      "asynchronously reported at some other API call",
      "CUDA error: unspecified launch failure",
      "CUDA error: no kernel image is available for execution on the device",
      "CUDA error: uncorrectable ECC error encountered",
      "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
      "CUDA driver error: device not ready",
      "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR",
      "cuDNN Frontend error: [cudnn_frontend] Error: No execution plans support the graph.",
      "GET was unable to find an engine to execute this computation",
      "CUDA NVRTC error: NVRTC_ERROR_BUILTIN_OPERATION_FAILURE",
      "nvrtc: error: failed to open libnvrtc-builtins.so.13.0."};
  for (const std::string& text : texts) {
    EXPECT_EQ(failure_of(c10::Error(here(), text)), TorchFailure::device) << text;
    EXPECT_EQ(failure_of(in_the_interpreter(text)), TorchFailure::device) << text;
  }
}

TEST(TorchError, MemoryIsToldFromTheDevice) {
  EXPECT_EQ(failure_of(c10::OutOfMemoryError(here(), "anything")), TorchFailure::memory);
  EXPECT_EQ(failure_of(std::bad_alloc()), TorchFailure::memory);
  for (const char* text :
       {"CUDA out of memory. Tried to allocate 20.00 MiB.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate "
        "memory: you tried to allocate 4 bytes.",
        "could not create a primitive",
        "could not execute a primitive",
        "could not create a memory object"}) {
    EXPECT_EQ(failure_of(in_the_interpreter(text)), TorchFailure::memory) << text;
  }
}

TEST(TorchError, MistakesOfTheNetworkAreNeither) {
  for (const char* text : {"shape '[7]' is invalid for input of size 3",
                           "Expected all tensors to be on the same device, but found at least two "
                           "devices, cuda:0 and cpu!",
                           "Could not run 'aten::foo' with arguments from the 'CUDA' backend."}) {
    EXPECT_EQ(failure_of(in_the_interpreter(text)), TorchFailure::other) << text;
    EXPECT_NO_THROW(throw_if_device_failed(in_the_interpreter(text), "module unet"));
  }
  EXPECT_EQ(reason(in_the_interpreter("shape '[7]' is invalid")), "shape '[7]' is invalid");
}

TEST(TorchError, BecomesExitCodeFiveInOneSentence) {
  expect_error(
      ExitCode::device,
      {"module unet: the device failed: CUDA error: unspecified launch failure; try again"},
      [] {
        throw_if_device_failed(
            in_the_interpreter("CUDA error: unspecified launch failure\nCompile with "
                               "`TORCH_USE_CUDA_DSA` to enable device-side assertions."),
            "module unet");
      });
  expect_error(
      ExitCode::device,
      {"module unet: not enough memory (CUDA out of memory. Tried to allocate 2 MiB.)", "--window"},
      [] {
        throw_if_device_failed(
            in_the_interpreter("CUDA out of memory. Tried to allocate 2 MiB.\nMore of it."),
            "module unet");
      });
}

TEST(TorchError, ACallerThatCanAskForLessCatchesOutOfMemory) {
  const c10::OutOfMemoryError torchs(here(), "x");
  EXPECT_THROW(throw_if_device_failed(torchs, "module unet"), OutOfMemory);
}

TEST(TorchError, AReasonIsOneLine) {
  EXPECT_EQ(reason(in_the_interpreter("\n first of all\nsecond\nthird")), "first of all");
  EXPECT_EQ(reason(std::runtime_error("")), "");
}

TEST(TorchError, WhateverIsCaughtBecomesAnErrorOfOneLine) {
  const auto code_of = [](const std::exception& error) {
    try {
      throw_as_error(error, "inspect");
    } catch (const Error& translated) {
      EXPECT_EQ(std::string(translated.what()).find('\n'), std::string::npos);
      return translated.exit_code();
    }
  };
  EXPECT_EQ(code_of(std::bad_alloc()), ExitCode::device);
  EXPECT_EQ(code_of(c10::Error(here(), "first line\nsecond line")), ExitCode::failed);
  EXPECT_EQ(code_of(Error(ExitCode::input, "a clip")), ExitCode::input);
  EXPECT_EQ(code_of(c10::Error(here(), "DefaultCPUAllocator: can't allocate memory")),
            ExitCode::device);
}

}  // namespace
}  // namespace hyportrait::nn
