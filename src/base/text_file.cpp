// SPDX-License-Identifier: Apache-2.0
#include "base/text_file.h"

#include <array>
#include <fstream>
#include <istream>

namespace hyportrait {
namespace {

/// Whole units, as people write sizes.
std::string size_text(std::size_t bytes) {
  return bytes >> 20 > 0 ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes) + " bytes";
}

}  // namespace

std::string read_text(std::istream& stream,
                      const std::string& name,
                      std::size_t most,
                      ExitCode code) {
  std::string text;
  std::array<char, 65'536> block{};
  while (stream.read(block.data(), block.size()) || stream.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most) {
      throw Error(code, name + ": is larger than " + size_text(most));
    }
  }
  if (stream.bad() || !stream.eof()) {
    throw Error(code, name + ": cannot be read");
  }
  return text;
}

void check_ordinary(const std::filesystem::path& path, ExitCode code) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(code, path.string() + ": cannot be read: it is not an ordinary file");
  }
}

std::string read_text_file(const std::filesystem::path& path,
                           std::size_t most,
                           ExitCode code,
                           FileKind kind) {
  std::error_code ignored;
  if (kind == FileKind::ordinary || std::filesystem::is_directory(path, ignored)) {
    check_ordinary(path, code);
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(code, path.string() + ": cannot be read");
  }
  return read_text(file, path.string(), most, code);
}

}  // namespace hyportrait
