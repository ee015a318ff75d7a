// SPDX-License-Identifier: Apache-2.0
#include "nn/device.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "base/stage_timer.h"
#include "nn/host_memory.h"
#include "nn/torch_types.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <malloc.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <fstream>

namespace hyportrait::nn {
namespace {

/// A function of the driver by its name, or null.
template <class Function>
Function driver_function(const char* name) {
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
  return driver == nullptr ? nullptr : reinterpret_cast<Function>(::dlsym(driver, name));
}

/// Loads torch's CUDA half; empty, or why it cannot be. torch keeps its first answer about CUDA for
/// good, so this comes before any question (a stub's "no" would otherwise stay).
std::string load_cuda() {
  if (::dlopen("libcuda.so.1", RTLD_LAZY) == nullptr) {
    return "there is no NVIDIA driver (libcuda.so.1)";
  }
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    return std::string("this LibTorch has no usable CUDA part: ") + ::dlerror();
  }
  return torch::cuda::device_count() > 0 ? "" : "the driver shows no GPU";
}

/// Empty, or why the GPU cannot compute: it may be of an unsupported kind, full, or claimed.
std::string try_gpu(int index) {
  try {
    torch::ones({1}, torch_device({DeviceKind::cuda, index})).cpu();
    return "";
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  }
}

Device first_gpu_or_cpu() {
  const std::string problem = load_cuda();
  if (!problem.empty()) {
    logger().debug("device: cpu, because {}", problem);
    return {};
  }
  for (int index = 0; index < torch::cuda::device_count(); ++index) {
    const std::string reason = try_gpu(index);
    if (reason.empty()) {
      return {DeviceKind::cuda, index};
    }
    logger().warn("cuda:{} is not used: {}", index, reason);
  }
  return {};
}

int gpu_index(std::string_view text) {
  if (text == "cuda") {
    return 0;
  }
  constexpr std::string_view prefix = "cuda:";
  int index = -1;
  if (text.starts_with(prefix)) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + prefix.size(), end, index);
    if (error == std::errc() && stop == end && index >= 0) {
      return index;
    }
  }
  throw Error(ExitCode::usage,
              "device '" + std::string(text) + "' is not known: use auto, cpu, cuda or cuda:N");
}

/// Of this process now, in bytes (the second number of /proc/self/statm, in pages).
std::uint64_t resident_memory() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Device resolve_device(std::string_view text) {
  if (text == "auto") {
    return first_gpu_or_cpu();
  }
  if (text == "cpu") {
    return {};
  }
  const Device device{DeviceKind::cuda, gpu_index(text)};
  std::string problem = load_cuda();
  if (problem.empty() && device.index >= torch::cuda::device_count()) {
    problem = "there are only " + std::to_string(torch::cuda::device_count()) + " GPUs";
  }
  if (problem.empty()) {
    problem = try_gpu(device.index);
  }
  if (!problem.empty()) {
    throw Error(ExitCode::device,
                device_text(device) + " cannot be used: " + problem + "; try --device cpu");
  }
  return device;
}

Precision resolve_precision(std::string_view text, Device device) {
  if (text == "auto") {
    return device.kind == DeviceKind::cuda ? Precision::fp16 : Precision::fp32;
  }
  for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
    if (text == precision_text(precision)) {
      return precision;
    }
  }
  throw Error(ExitCode::usage,
              "dtype '" + std::string(text) + "' is not known: use auto, fp32, fp16 or bf16");
}

std::string device_text(Device device) {
  return device.kind == DeviceKind::cpu ? "cpu" : "cuda:" + std::to_string(device.index);
}

std::string device_name(Device device) {
  if (device.kind == DeviceKind::cpu) {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("model name")) {
        return line.substr(std::min(line.size(), line.find(':') + 2));
      }
    }
    return "unknown";
  }
  const auto name_of = driver_function<int (*)(char*, int, int)>("cuDeviceGetName");
  std::array<char, 256> name{};
  const bool known =
      name_of != nullptr && name_of(name.data(), static_cast<int>(name.size()), device.index) == 0;
  return known ? name.data() : "unknown";
}

std::string gpu_generation(Device device) {
  if (device.kind == DeviceKind::cpu) {
    return "";
  }
  constexpr int kMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, and _MINOR
  constexpr int kMinor = 76;
  const auto attribute = driver_function<int (*)(int*, int, int)>("cuDeviceGetAttribute");
  int major = 0;
  int minor = 0;
  const bool known = attribute != nullptr && attribute(&major, kMajor, device.index) == 0 &&
                     attribute(&minor, kMinor, device.index) == 0;
  return known ? "sm_" + std::to_string(major) + std::to_string(minor) : "unknown";
}

void release_freed_memory(Device device) {
  if (device.kind == DeviceKind::cpu) {
    ::malloc_trim(0);
  } else {
    c10::getDeviceAllocator(c10::kCUDA)->emptyCache();
  }
}

void synchronize(Device device) {
  if (device.kind == DeviceKind::cuda) {
    torch::cuda::synchronize(device.index);
  }
}

std::uint64_t value_bytes(Precision precision) {
  return precision == Precision::fp32 ? 4 : 2;
}

std::string precision_text(Precision precision) {
  switch (precision) {
    case Precision::fp16:
      return "fp16";
    case Precision::bf16:
      return "bf16";
    case Precision::fp32:
      break;
  }
  return "fp32";
}

MemoryFacts memory_facts(Device device) {
  if (device.kind == DeviceKind::cpu) {
    const HostMemory memory = host_memory();
    return {memory.total, memory.available, resident_memory(), peak_host_memory()};
  }
  auto* allocator = c10::getDeviceAllocator(c10::kCUDA);
  const auto index = static_cast<c10::DeviceIndex>(device.index);
  const auto [available, total] = allocator->getMemoryInfo(index);
  const auto stats = allocator->getDeviceStats(index);
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto& reserved = stats.reserved_bytes.at(kAll);
  return {total,
          available,
          static_cast<std::uint64_t>(reserved.current),
          static_cast<std::uint64_t>(reserved.peak)};
}

torch::Device torch_device(Device device) {
  return {device.kind == DeviceKind::cpu ? torch::kCPU : torch::kCUDA,
          static_cast<c10::DeviceIndex>(device.kind == DeviceKind::cpu ? -1 : device.index)};
}

torch::ScalarType torch_dtype(Precision precision) {
  switch (precision) {
    case Precision::fp16:
      return torch::kHalf;
    case Precision::bf16:
      return torch::kBFloat16;
    case Precision::fp32:
      break;
  }
  return torch::kFloat;
}

}  // namespace hyportrait::nn
