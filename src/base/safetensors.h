// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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

/// What a file says of itself: its arrays without their bytes, and the texts of `__metadata__`.
struct SafeTensorsHeader {
  SafeTensors arrays;
  SafeTensorsMetadata metadata;
};

/// Judges a header before the data is read; throws what it likes.
using AcceptHeader = std::function<void(const SafeTensorsHeader&)>;

/// Reads a whole file. Throws Error(input) saying which file and what is wrong with it: truncated,
/// a header that is no JSON or over 8 MiB, offsets that overlap, leave gaps or leave the file,
/// sizes that disagree with the shape. What `accept` refuses is not read.
SafeTensors read_safetensors(const std::filesystem::path& path, const AcceptHeader& accept = {});

/// Only what the file says of itself; throws as above for what can be seen without the data.
SafeTensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Writes atomically; throws Error(failed).
void write_safetensors(const std::filesystem::path& path,
                       const SafeTensors& tensors,
                       const SafeTensorsMetadata& metadata = {});

}  // namespace hyportrait
