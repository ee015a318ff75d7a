// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait {

struct BenchOptions {
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  std::string dtype = "auto";    ///< auto, fp32, fp16, bf16
  EngineKind engine = EngineKind::torchscript;
  std::optional<int> size;                  ///< px, multiple of 64
  std::optional<int> steps;                 ///< of the sampler; unset: the bundle's
  int frames = 25;                          ///< of the made-up clip, without the padding
  int warm_up = 1;                          ///< repetitions that do not count
  int repeat = 5;                           ///< repetitions that count
  std::optional<MemorySize> memory_budget;  ///< as AnimateOptions::memory_budget
};

/// Times the bundle's networks on made-up pictures, stage by stage as a run goes through them, and
/// gives the figures as JSON text (docs/cli.md). Reads and writes no media. Throws Error.
HYPORTRAIT_API std::string run_bench(const BenchOptions& options, const RunHooks& hooks);

}  // namespace hyportrait
