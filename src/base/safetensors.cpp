// SPDX-License-Identifier: Apache-2.0
#include "base/safetensors.h"

#include <hyportrait/error.h>

#include "base/atomic_file.h"
#include "base/json_strict.h"
#include "base/text_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

namespace hyportrait {
namespace {

constexpr std::uint64_t kMaxHeader = std::uint64_t{8} << 20;  // bytes: some 80,000 arrays

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

/// Where an array's bytes lie in the data.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// A file whose header is read and agrees with itself and with the file's size.
struct OpenFile {
  std::ifstream file;  // at the first byte of the data
  SafeTensorsHeader header;
  std::vector<std::pair<Range, std::string>> ranges;  ///< and whose they are, in the file's order
};

/// Reads an array's entry in the header.
Range parse_entry(const std::filesystem::path& path,
                  const std::string& name,
                  const nlohmann::json& entry,
                  SafeTensor& tensor) {
  std::vector<std::uint64_t> offsets;
  try {
    tensor.dtype = entry.at("dtype").get<std::string>();
    tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
    for (const nlohmann::json& offset : entry.at("data_offsets")) {
      offsets.push_back(offset.is_number_unsigned() ? offset.get<std::uint64_t>() : UINT64_MAX);
    }
  } catch (const nlohmann::json::exception& error) {
    refuse(path, "'" + name + "': " + error.what());
  }
  if (element_size(tensor.dtype) == 0) {
    refuse(path, "'" + name + "' has the unknown dtype '" + tensor.dtype + "'");
  }
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] == UINT64_MAX) {
    refuse(path, "'" + name + "' has no sensible data_offsets");
  }
  std::uint64_t expected = 0;
  if (!byte_count(tensor, &expected) || expected != offsets[1] - offsets[0]) {
    refuse(path,
           "'" + name + "' has " + std::to_string(offsets[1] - offsets[0]) +
               " bytes, which its shape and dtype do not give");
  }
  return {offsets[0], offsets[1]};
}

SafeTensorsMetadata parse_metadata(const std::filesystem::path& path, const nlohmann::json& texts) {
  SafeTensorsMetadata metadata;
  if (!texts.is_object()) {
    refuse(path, "its metadata is not a JSON object");
  }
  for (const auto& [key, value] : texts.items()) {
    if (!value.is_string()) {
      refuse(path, "its metadata '" + key + "' is not text");
    }
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

/// The arrays fill the data one after another (format.md): no byte belongs to two or to none.
void check_ranges(const std::filesystem::path& path, OpenFile& open, std::uint64_t data_bytes) {
  std::sort(open.ranges.begin(), open.ranges.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.begin, a.first.end) < std::pair(b.first.begin, b.first.end);
  });
  std::uint64_t at = 0;
  for (const auto& [range, name] : open.ranges) {
    if (range.end > data_bytes) {
      refuse(path, "'" + name + "' lies outside the file (is it truncated?)");
    }
    if (range.begin != at) {
      refuse(path, "'" + name + "' overlaps another array or leaves a gap before it");
    }
    at = range.end;
  }
  if (at != data_bytes) {
    refuse(path, std::to_string(data_bytes - at) + " bytes at its end belong to no array");
  }
}

nlohmann::json read_index(const std::filesystem::path& path,
                          std::ifstream& file,
                          std::uint64_t size) {
  std::uint64_t header_size = 0;
  if (size < 8 || !file.read(reinterpret_cast<char*>(&header_size), 8) || header_size > size - 8) {
    refuse(path, "the header is cut off");
  }
  if (header_size > kMaxHeader) {
    refuse(path, "its header is larger than " + std::to_string(kMaxHeader >> 20) + " MiB");
  }
  std::string header(header_size, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  nlohmann::json index = parse_json_or_null(header);
  if (!file || !index.is_object()) {
    refuse(path, "the header is not a JSON object");
  }
  return index;
}

OpenFile open_file(const std::filesystem::path& path) {
  check_ordinary(path, ExitCode::input);
  std::error_code status;
  const std::uint64_t size = std::filesystem::file_size(path, status);
  OpenFile open{.file = std::ifstream(path, std::ios::binary)};
  if (!open.file || status) {
    throw Error(ExitCode::input, path.string() + ": cannot be opened as a .safetensors file");
  }
  const nlohmann::json index = read_index(path, open.file, size);
  for (const auto& [name, entry] : index.items()) {
    if (name == "__metadata__") {
      open.header.metadata = parse_metadata(path, entry);
    } else {
      const Range range = parse_entry(path, name, entry, open.header.arrays[name]);
      open.ranges.emplace_back(range, name);
    }
  }
  check_ranges(path, open, size - static_cast<std::uint64_t>(open.file.tellg()));
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

SafeTensors read_safetensors(const std::filesystem::path& path, const AcceptHeader& accept) {
  OpenFile open = open_file(path);
  if (accept) {
    accept(open.header);
  }
  for (const auto& [range, name] : open.ranges) {
    std::vector<std::uint8_t>& bytes = open.header.arrays.at(name).bytes;
    bytes.resize(range.end - range.begin);
    open.file.read(reinterpret_cast<char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
  }
  if (!open.file) {
    refuse(path, "it could not be read to its end");
  }
  return std::move(open.header.arrays);
}

SafeTensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  return open_file(path).header;
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
