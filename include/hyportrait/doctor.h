// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait {

struct DoctorOptions {
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< where the self-test runs: auto, cpu, cuda, cuda:N
};

/// What a run needs, as it is on this machine.
struct Diagnosis {
  struct Problem {
    std::string problem;
    std::string fix;
  };
  struct Cpu {
    std::string name;
    unsigned threads = 0;
    std::string capability;  ///< "AVX512", as LibTorch calls it
    std::uint64_t memory_bytes = 0;
    std::uint64_t available_bytes = 0;
  };
  struct Gpu {
    std::string driver_supports_cuda;  ///< "12.4"; empty: unknown
    std::string libtorch_cuda;         ///< likewise
    std::string device;                ///< "cuda:0"; empty: it cannot be used, as the next three
    std::string name;
    std::uint64_t memory_bytes = 0;
    std::uint64_t available_bytes = 0;
  };
  struct BundleFound {
    std::filesystem::path folder;
    std::string name;
    std::string sha256;
  };
  /// How far a network is from its stored numbers, as a share of their standard deviation.
  struct NetworkError {
    std::string dtype;
    std::string module;
    double mean = 0.0;
    double worst = 0.0;
  };
  struct SelfTest {
    std::string device;
    std::vector<NetworkError> errors;
    std::vector<std::pair<std::string, std::optional<double>>> bounds;  ///< by dtype
  };

  std::string version;                                        ///< the program's
  std::string libtorch;                                       ///< LibTorch's
  std::string ffmpeg;                                         ///< FFmpeg's
  std::vector<std::pair<std::string, std::string>> encoders;  ///< by name of --codec; empty: none
  Cpu cpu;
  std::optional<Gpu> gpu;  ///< nothing without a driver
  std::optional<BundleFound> bundle;
  std::optional<SelfTest> self_test;
  std::vector<std::string> notes;
  std::vector<Problem> problems;

  [[nodiscard]] bool passed() const { return problems.empty(); }
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const Diagnosis& diagnosis);

#if HYPORTRAIT_HAS_MEDIA

/// Looks at what a run needs: versions, CPU, GPU and driver, FFmpeg's encoders, the bundle, and the
/// bundle's self-test. What is wrong is a problem in the result, with what mends it. One run at a
/// time (hyportrait/api.h).
HYPORTRAIT_API Diagnosis diagnose(const DoctorOptions& options);

/// Writes `selftest.json` into the bundle: what its networks give on the CPU for fixed inputs, and
/// how far other precisions may be from that. Throws Error. One run at a time.
HYPORTRAIT_API void write_self_test(const std::filesystem::path& bundle);

#endif

}  // namespace hyportrait
