// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/compare.h>
#include <hyportrait/export.h>

#include <filesystem>
#include <string>

namespace hyportrait {

struct DoctorOptions {
  std::filesystem::path bundle;  ///< empty: models/official if there, else models/demo
  std::string device = "auto";   ///< where the self-test runs: auto, cpu, cuda, cuda:N
};

/// Looks at what a run needs: versions, CPU, GPU and driver, FFmpeg's encoders, the bundle, and the
/// bundle's self-test. A problem is a failure in the report, with what mends it (docs/cli.md).
HYPORTRAIT_API CheckReport doctor(const DoctorOptions& options);

/// Writes `selftest.json` into the bundle: what its networks give on the CPU for fixed inputs, and
/// how far other precisions may be from that. Throws Error.
HYPORTRAIT_API void write_self_test(const std::filesystem::path& bundle);

}  // namespace hyportrait
