// SPDX-License-Identifier: Apache-2.0
#include "page/links.h"

#include <spdlog/fmt/fmt.h>

#include <string_view>

namespace hyportrait::page {
namespace {

bool is_plain(unsigned char c) {
  constexpr std::string_view kOthers = "-._~/";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(static_cast<char>(c)) != kOthers.npos;
}

std::string encoded(const std::string& path) {
  std::string url;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    url += is_plain(byte) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return url;
}

}  // namespace

std::string url_of(const std::filesystem::path& file, const std::filesystem::path& folder) {
  const std::filesystem::path relative =
      file.lexically_normal().lexically_relative(folder.lexically_normal());
  if (!relative.empty() && *relative.begin() != "..") {
    return "./" + encoded(relative.string());
  }
  return "file://" + encoded(std::filesystem::absolute(file).lexically_normal().string());
}

std::string script_text(std::string json) {
  for (std::size_t at = json.find('<'); at != json.npos; at = json.find('<', at)) {
    json.replace(at, 1, "\\u003c");
  }
  return json;
}

}  // namespace hyportrait::page
