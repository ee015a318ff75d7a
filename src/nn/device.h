// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hyportrait::nn {

enum class DeviceKind { cpu, cuda };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;  ///< of the GPU; 0 for the CPU
  friend bool operator==(const Device&, const Device&) = default;
};

/// What the networks compute in; latents between them are float32, motion tokens are kept in it.
enum class Precision { fp32, fp16, bf16 };

/// auto | cpu | cuda | cuda:N. `auto` is the first GPU that works, else the CPU. Throws
/// Error(usage) for another word and Error(device) saying why a GPU that was asked for cannot be
/// used. libtorch_cuda is loaded here, and only when there is a driver; nothing may ask torch about
/// CUDA before.
Device resolve_device(std::string_view text);

/// auto | fp32 | fp16 | bf16. `auto` is fp16 on a GPU (as the original) and fp32 on the CPU.
Precision resolve_precision(std::string_view text, Device device);

std::uint64_t value_bytes(Precision precision);   ///< of one number
std::string device_text(Device device);           ///< "cpu" or "cuda:0"
std::string device_name(Device device);           ///< the processor's or GPU's own
std::string gpu_generation(Device device);        ///< "sm_90"; empty for the CPU
std::string precision_text(Precision precision);  ///< "fp32", "fp16" or "bf16"

/// Bytes; 0 where unknown.
struct MemoryFacts {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
  std::uint64_t used = 0;  ///< by this process now, beside `available`
  std::uint64_t peak =
      0;  ///< peak of this process so far: resident (CPU), allocated by torch (GPU)
};
/// On the CPU as of Note [Memory of a job].
MemoryFacts memory_facts(Device device);

/// Gives freed memory that the allocator keeps for later back: to the system, or to the GPU.
void release_freed_memory(Device device);

/// Waits until a GPU has done what it was asked for, so that a clock read now is true.
void synchronize(Device device);

}  // namespace hyportrait::nn
