// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace hyportrait::parity {

/// The arrays of one .safetensors file, on the CPU: float32, float64, int64 or uint8.
using Arrays = std::map<std::string, torch::Tensor>;

Arrays read_arrays(const std::filesystem::path& path);
void write_arrays(const std::filesystem::path& path, const Arrays& arrays);

}  // namespace hyportrait::parity
