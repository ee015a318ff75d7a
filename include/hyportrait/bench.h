// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>
#include <hyportrait/plan.h>
#include <hyportrait/progress.h>
#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait {

struct BenchOptions {
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::string dtype = "auto";    ///< auto, fp32, fp16, bf16
  EngineKind engine = EngineKind::automatic;
  std::optional<int> size;   ///< px, multiple of 64, 64 to 4096
  std::optional<int> steps;  ///< of the sampler, 1 to 1000; unset: the bundle's
  int frames = 25;           ///< of the made-up clip without the padding, 1 to 100000
  int warm_up = 1;           ///< repetitions that do not count, 0 to 1000
  int repeat = 5;            ///< repetitions that count, 1 to 1000
  std::optional<MemorySize> memory_budget;  ///< as AnimateOptions::memory_budget
};

/// Seconds over the repetitions that count.
struct TimedFigure {
  double median = 0.0;
  double fastest = 0.0;
  double slowest = 0.0;
};

struct StageTime {
  std::string stage;  ///< appearance, motion, denoise, decode
  TimedFigure seconds;
  double load_seconds = 0.0;  ///< reading the networks, beside the rest
};

/// The U-Net's time. What is counted from the bundle's sizes is missing where it states none.
struct UnetFigures {
  TimedFigure window_step;                  ///< s
  std::optional<double> window_step_tflop;  ///< the mean over the steps
  std::optional<double> tflop_per_second;
  double matmul_tflop_per_second = 0.0;  ///< of a large matrix product, in the same run
  std::optional<double> share_of_matmul;
  BatchShape batch;
};

struct BenchReport {
  std::string version;   ///< the program's
  std::string libtorch;  ///< LibTorch's
  std::string bundle_name;
  std::string bundle_sha256;
  std::string device;       ///< cpu, cuda:0
  std::string device_name;  ///< the processor's or GPU's own
  int threads = 0;
  std::string dtype;
  EngineKind engine = EngineKind::torchscript;
  int image_size = 0;  ///< px
  std::int64_t frames = 0;
  std::int64_t padded_frames = 0;
  int steps = 0;
  std::int64_t windows_per_step = 0;
  int window = 0;    ///< frames
  int branches = 0;  ///< of the step that has the most
  int warm_up = 0;
  int repeat = 0;
  std::vector<StageTime> stages;
  UnetFigures unet;
  double frames_per_second = 0.0;  ///< denoise and decode
  MemoryEstimate memory;
  std::uint64_t peak_host_bytes = 0;
  std::uint64_t peak_device_bytes = 0;  ///< 0 on the CPU
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const BenchReport& report);

/// Times the bundle's networks on made-up pictures, stage by stage as a run goes through them.
/// Reads and writes no media. Throws Error. One run at a time (hyportrait/api.h).
HYPORTRAIT_API BenchReport run_bench(const BenchOptions& options, const RunHooks& hooks);

}  // namespace hyportrait
