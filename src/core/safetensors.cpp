// SPDX-License-Identifier: Apache-2.0
#include "core/safetensors.h"

#include <hyportrait/error.h>

#include "core/atomic_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace hyportrait {
namespace {

constexpr std::uint64_t kMaxHeader = std::uint64_t{100}
                                     << 20;  // the limit of the reference implementation

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error(ExitCode::input, path.string() + ": not a usable .safetensors file: " + why);
}

/// Bytes of an array, or nothing when the shape is negative or overflows.
bool byte_count(const SafeTensor& tensor, std::uint64_t* count) {
  std::uint64_t total = element_size(tensor.dtype);
  for (const std::int64_t size : tensor.shape) {
    if (size < 0 || __builtin_mul_overflow(total, static_cast<std::uint64_t>(size), &total)) {
      return false;
    }
  }
  *count = total;
  return true;
}

SafeTensor parse_tensor(const std::filesystem::path& path,
                        const std::string& name,
                        const nlohmann::json& entry,
                        const std::vector<std::uint8_t>& data) {
  SafeTensor tensor;
  std::vector<std::uint64_t> range;
  try {
    tensor.dtype = entry.at("dtype").get<std::string>();
    tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
    range = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  } catch (const nlohmann::json::exception& error) {
    refuse(path, "'" + name + "': " + error.what());
  }
  if (element_size(tensor.dtype) == 0) {
    refuse(path, "'" + name + "' has the unknown dtype '" + tensor.dtype + "'");
  }
  if (range.size() != 2 || range[0] > range[1] || range[1] > data.size()) {
    refuse(path, "'" + name + "' lies outside the file (is it truncated?)");
  }
  std::uint64_t expected = 0;
  if (!byte_count(tensor, &expected) || expected != range[1] - range[0]) {
    refuse(path,
           "'" + name + "' has " + std::to_string(range[1] - range[0]) +
               " bytes, which its shape and dtype do not give");
  }
  tensor.bytes.assign(data.begin() + static_cast<std::ptrdiff_t>(range[0]),
                      data.begin() + static_cast<std::ptrdiff_t>(range[1]));
  return tensor;
}

/// A file whose header is read.
struct OpenFile {
  std::ifstream file;  // at the first byte of the data
  nlohmann::json index;
  std::uint64_t data_bytes = 0;
};

OpenFile open_file(const std::filesystem::path& path) {
  std::error_code status;
  const std::uint64_t size =
      std::filesystem::is_regular_file(path, status) ? std::filesystem::file_size(path, status) : 0;
  OpenFile open{.file = std::ifstream(path, std::ios::binary)};
  if (!open.file || status) {
    throw Error(ExitCode::input, path.string() + ": cannot be opened as a .safetensors file");
  }
  std::uint64_t header_size = 0;
  if (size < 8 || !open.file.read(reinterpret_cast<char*>(&header_size), 8) ||
      header_size > kMaxHeader || header_size > size - 8) {
    refuse(path, "the header is cut off");
  }
  std::string header(header_size, '\0');
  open.file.read(header.data(), static_cast<std::streamsize>(header.size()));
  open.index = nlohmann::json::parse(header, nullptr, false);
  if (!open.file || !open.index.is_object()) {
    refuse(path, "the header is not a JSON object");
  }
  open.data_bytes = size - 8 - header_size;
  return open;
}

}  // namespace

std::size_t element_size(const std::string& dtype) {
  static const std::map<std::string, std::size_t> kSizes{{"F64", 8},
                                                         {"F32", 4},
                                                         {"F16", 2},
                                                         {"BF16", 2},
                                                         {"I64", 8},
                                                         {"I32", 4},
                                                         {"I16", 2},
                                                         {"I8", 1},
                                                         {"U8", 1},
                                                         {"BOOL", 1}};
  const auto found = kSizes.find(dtype);
  return found == kSizes.end() ? 0 : found->second;
}

SafeTensors read_safetensors(const std::filesystem::path& path) {
  OpenFile open = open_file(path);
  std::vector<std::uint8_t> data(open.data_bytes);
  open.file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
  if (!open.file) {
    refuse(path, "it could not be read to its end");
  }
  SafeTensors tensors;
  for (const auto& [name, entry] : open.index.items()) {
    if (name != "__metadata__") {
      tensors.emplace(name, parse_tensor(path, name, entry, data));
    }
  }
  return tensors;
}

SafeTensorsMetadata read_safetensors_metadata(const std::filesystem::path& path) {
  SafeTensorsMetadata metadata;
  const OpenFile open = open_file(path);
  const auto found = open.index.find("__metadata__");
  if (found == open.index.end()) {
    return metadata;
  }
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) {
      refuse(path, "its metadata '" + key + "' is not text");
    }
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

void write_safetensors(const std::filesystem::path& path,
                       const SafeTensors& tensors,
                       const SafeTensorsMetadata& metadata) {
  nlohmann::ordered_json index = nlohmann::ordered_json::object();
  if (!metadata.empty()) {
    index["__metadata__"] = metadata;
  }
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    index[name] = {{"dtype", tensor.dtype},
                   {"shape", tensor.shape},
                   {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string header = index.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');  // keeps the data aligned to 8 bytes
  std::string bytes(8, '\0');
  const std::uint64_t header_size = header.size();
  std::memcpy(bytes.data(), &header_size, 8);
  bytes += header;
  bytes.reserve(bytes.size() + offset);
  for (const auto& [name, tensor] : tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  write_file_atomically(path, bytes);
}

}  // namespace hyportrait
