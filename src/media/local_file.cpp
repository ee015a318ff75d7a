// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "media/input.h"

#include <algorithm>
#include <cctype>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;

/// "https://..." and the like (RFC 3986, 3.1); single letters are drives of another system.
bool is_address(const std::string& text) {
  const std::size_t colon = text.find(':');
  return colon != std::string::npos && colon > 1 && text.compare(colon, 2, ":/") == 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' ||
                  c == '.';
         });
}

}  // namespace

void check_local_file(const fs::path& path, const std::string& advice) {
  const auto fail = [&](const std::string& why) {
    throw Error(ExitCode::input, path.string() + ": " + why);
  };
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    fail(is_address(path.string())
             ? "is an address, and only local files are read; download it first"
             : "there is no such file");
  }
  if (fs::is_directory(status)) {
    fail("is a folder; " + advice);
  }
  if (!fs::is_regular_file(status)) {
    fail("is not an ordinary file; " + advice);
  }
  if (fs::file_size(path, error) == 0 && !error) {
    fail("is empty (0 bytes); " + advice);
  }
}

}  // namespace hyportrait::media
