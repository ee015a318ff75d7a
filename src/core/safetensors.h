// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace hyportrait {

/// One array of a .safetensors file (huggingface/safetensors, format.md): raw little-endian bytes
/// in C order.
struct SafeTensor {
  std::string dtype;                ///< F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL
  std::vector<std::int64_t> shape;  ///< empty: a scalar
  std::vector<std::uint8_t> bytes;  ///< product of the shape times the size of the dtype
};

using SafeTensors = std::map<std::string, SafeTensor>;
using SafeTensorsMetadata = std::map<std::string, std::string>;

/// Bytes of one element of `dtype`; 0 for an unknown one.
std::size_t element_size(const std::string& dtype);

/// Reads a whole file. Throws Error(input) saying which file and what is wrong with it: truncated,
/// a header that is no JSON, offsets that overlap or leave the file, sizes that disagree with the
/// shape.
SafeTensors read_safetensors(const std::filesystem::path& path);

/// The texts of the header's `__metadata__`; empty when there are none. Throws as read_safetensors.
SafeTensorsMetadata read_safetensors_metadata(const std::filesystem::path& path);

/// Writes atomically; throws Error(failed).
void write_safetensors(const std::filesystem::path& path,
                       const SafeTensors& tensors,
                       const SafeTensorsMetadata& metadata = {});

}  // namespace hyportrait
