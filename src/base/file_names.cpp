// SPDX-License-Identifier: Apache-2.0
#include "base/file_names.h"

#include <hyportrait/error.h>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>

namespace hyportrait {

namespace {

namespace fs = std::filesystem;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// The digits from `at` on.
std::string_view digits(const std::string& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return std::string_view(text).substr(at, end - at);
}

std::string_view without_zeros(std::string_view number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

template <std::size_t N>
bool ends_with_one_of(const fs::path& path, const std::array<std::string_view, N>& endings) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// "shot_%04d.png": what stands before and after the number, and its min width.
struct NumberedName {
  std::string before;
  std::string after;
  int width = 1;
};

std::optional<NumberedName> parse_numbered(const std::string& name) {
  const std::size_t percent = name.find('%');
  if (percent == std::string::npos || name.find('%', percent + 1) != std::string::npos) {
    return std::nullopt;
  }
  NumberedName parsed{.before = name.substr(0, percent)};
  std::size_t at = percent + 1;
  if (at + 1 < name.size() && name[at] == '0' && name[at + 1] >= '1' && name[at + 1] <= '9') {
    parsed.width = name[at + 1] - '0';
    at += 2;
  }
  if (at >= name.size() || name[at] != 'd') {
    return std::nullopt;
  }
  parsed.after = name.substr(at + 1);
  return parsed;
}

/// The number that the name has in the place of "%04d"; nothing for another name.
std::optional<std::int64_t> number_in(const std::string& name, const NumberedName& parsed) {
  const std::size_t around = parsed.before.size() + parsed.after.size();
  if (name.size() <= around || !name.starts_with(parsed.before) || !name.ends_with(parsed.after)) {
    return std::nullopt;
  }
  const std::string text = name.substr(parsed.before.size(), name.size() - around);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !is_digit(text.front())) {
    return std::nullopt;
  }
  return text == fmt::format("{:0{}}", number, parsed.width) ? std::optional(number) : std::nullopt;
}

fs::directory_iterator entries_of(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder.empty() ? fs::path(".") : folder, error);
  if (error) {
    throw Error(ExitCode::input, folder.string() + ": cannot be read: " + error.message());
  }
  return entries;
}

bool is_file(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_regular_file(ignored);
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) {
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      }
      ++i;
      ++j;
      continue;
    }
    const std::string_view left = digits(a, i);
    const std::string_view right = digits(b, j);
    const std::string_view left_value = without_zeros(left);
    const std::string_view right_value = without_zeros(right);
    if (left_value != right_value) {
      return left_value.size() != right_value.size() ? left_value.size() < right_value.size()
                                                     : left_value < right_value;
    }
    i += left.size();
    j += right.size();
  }
  if (i < a.size() || j < b.size()) {
    return j < b.size();
  }
  return a < b;  // equal but for zeros in front
}

bool has_picture_ending(const fs::path& path) {
  constexpr std::array<std::string_view, 12> kEndings{".png",
                                                      ".jpg",
                                                      ".jpeg",
                                                      ".webp",
                                                      ".tif",
                                                      ".tiff",
                                                      ".bmp",
                                                      ".heic",
                                                      ".heif",
                                                      ".hif",
                                                      ".avif",
                                                      ".jfif"};
  return ends_with_one_of(path, kEndings);
}

bool has_clip_ending(const fs::path& path) {
  constexpr std::array<std::string_view, 21> kEndings{
      ".mp4", ".mov",  ".mkv", ".webm", ".avi", ".m4v", ".wmv", ".flv", ".ts", ".mts",   ".m2ts",
      ".mpg", ".mpeg", ".3gp", ".ogv",  ".gif", ".asf", ".vob", ".m2v", ".qt", ".motion"};
  return ends_with_one_of(path, kEndings);
}

std::vector<fs::path> files_in(const fs::path& folder, bool (*passes)(const fs::path&)) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : entries_of(folder)) {
    if (!entry.path().filename().string().starts_with('.') && passes(entry.path()) &&
        is_file(entry)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return files;
}

bool is_numbered_name(const fs::path& path) {
  std::error_code ignored;
  return parse_numbered(path.filename().string()) && !fs::exists(path, ignored);
}

std::vector<fs::path> numbered_files(const fs::path& path) {
  const std::optional<NumberedName> parsed = parse_numbered(path.filename().string());
  std::map<std::int64_t, fs::path> found;
  for (const fs::directory_entry& entry : entries_of(path.parent_path())) {
    const auto number =
        parsed ? number_in(entry.path().filename().string(), *parsed) : std::nullopt;
    if (number && is_file(entry)) {
      found.emplace(*number, path.parent_path() / entry.path().filename());
    }
  }
  if (found.empty()) {
    throw Error(ExitCode::input, path.string() + ": there is no picture of such a name");
  }
  std::vector<fs::path> files;
  for (const auto& [number, file] : found) {
    const auto expected = found.begin()->first + static_cast<std::int64_t>(files.size());
    if (number != expected) {
      throw Error(ExitCode::input,
                  path.string() + ": number " + std::to_string(expected) + " is missing before " +
                      file.filename().string() +
                      "; number the pictures without gaps, or name their folder");
    }
    files.push_back(file);
  }
  return files;
}

namespace fs = std::filesystem;

fs::path user_cache_file(const std::string& name) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && fs::path(cache).is_absolute()) {
    return fs::path(cache) / "hyportrait" / name;
  }
  const char* home = std::getenv("HOME");
  return home == nullptr ? fs::path() : fs::path(home) / ".cache" / "hyportrait" / name;
}

}  // namespace hyportrait
