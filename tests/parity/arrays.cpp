// SPDX-License-Identifier: Apache-2.0
#include "parity/arrays.h"

#include <hyportrait/error.h>

#include "base/safetensors.h"

#include <torch/types.h>

#include <cstring>

namespace hyportrait::parity {
namespace {

const std::map<std::string, torch::ScalarType> kTypes{
    {"F32", torch::kFloat}, {"F64", torch::kDouble}, {"I64", torch::kLong}, {"U8", torch::kByte}};

std::string type_name(torch::ScalarType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) {
      return name;
    }
  }
  throw Error(ExitCode::failed, std::string("no array type for ") + c10::toString(type));
}

}  // namespace

Arrays read_arrays(const std::filesystem::path& path) {
  Arrays arrays;
  for (const auto& [name, stored] : read_safetensors(path)) {
    const auto type = kTypes.find(stored.dtype);
    if (type == kTypes.end()) {
      throw Error(ExitCode::input, path.string() + ": " + name + " is " + stored.dtype);
    }
    torch::Tensor array = torch::empty(stored.shape, type->second);
    std::memcpy(array.mutable_data_ptr(), stored.bytes.data(), stored.bytes.size());
    arrays[name] = array;
  }
  return arrays;
}

void write_arrays(const std::filesystem::path& path, const Arrays& arrays) {
  SafeTensors stored;
  for (const auto& [name, given] : arrays) {
    const torch::Tensor array = given.cpu().contiguous();
    const auto* begin = static_cast<const std::uint8_t*>(array.const_data_ptr());
    stored[name] = {.dtype = type_name(array.scalar_type()),
                    .shape = array.sizes().vec(),
                    .bytes = {begin, begin + array.nbytes()}};
  }
  write_safetensors(path, stored);
}

}  // namespace hyportrait::parity
