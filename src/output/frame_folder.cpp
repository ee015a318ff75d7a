// SPDX-License-Identifier: Apache-2.0
#include "output/frame_folder.h"

#include <hyportrait/error.h>

#include "base/atomic_file.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".png";

std::string name_text(std::int64_t number) {
  return fmt::format("{:06}.png", number);
}

/// Nothing for a name that no frame of ours has.
std::optional<std::int64_t> number_of(const std::string& name) {
  std::int64_t number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number >= 0 && name == name_text(number) ? std::optional(number) : std::nullopt;
}

/// Folders from the outermost that is not there to `folder`.
std::vector<fs::path> missing_folders(fs::path folder) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  while (!folder.empty() && !fs::exists(fs::symlink_status(folder, ignored))) {
    missing.push_back(folder);
    folder = folder.parent_path();
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

void remove_empty(const std::vector<fs::path>& folders) {
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    ::rmdir(folder->c_str());  // fails where something is in it
  }
}

bool without_gap(const std::vector<std::int64_t>& numbers) {
  return numbers.empty() ||
         (numbers.front() == 0 && numbers.back() + 1 == static_cast<std::int64_t>(numbers.size()));
}

void check_frames(const fs::path& folder, FramesBefore before) {
  const std::vector<std::int64_t> numbers = frames_in(folder);
  const bool fits = numbers.empty() || (before == FramesBefore::resumed && without_gap(numbers));
  for (const std::int64_t number : numbers) {
    std::error_code ignored;
    if (fs::is_directory(fs::symlink_status(folder / name_text(number), ignored))) {
      throw Error(ExitCode::usage,
                  (folder / name_text(number)).string() +
                      ": is a folder in the place of a frame; move it away, or choose another "
                      "folder of frames");
    }
  }
  if (before != FramesBefore::overwrite && !fits) {
    throw Error(ExitCode::usage,
                folder.string() + ": holds frames already (" + name_text(numbers.front()) +
                    "); pass --overwrite to replace all of them, or choose another folder");
  }
}

}  // namespace

std::vector<std::int64_t> frames_in(const fs::path& folder) {
  std::error_code error;
  std::vector<std::int64_t> numbers;
  if (!fs::exists(folder, error)) {
    return numbers;
  }
  fs::directory_iterator files(folder, error);
  for (const fs::directory_iterator end; !error && files != end; files.increment(error)) {
    if (const auto number = number_of(files->path().filename().string())) {
      numbers.push_back(*number);
    }
  }
  if (error) {
    throw Error(ExitCode::failed, folder.string() + ": cannot be read: " + error.message());
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void check_frame_folder(const fs::path& folder, FramesBefore before) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  const std::vector<fs::path> missing = missing_folders(whole);
  const fs::path there = missing.empty() ? whole : missing.front().parent_path();
  std::error_code ignored;
  if (!fs::is_directory(there, ignored)) {
    throw Error(ExitCode::usage, there.string() + ": is not a folder that frames can go into");
  }
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    throw Error(ExitCode::failed, there.string() + ": cannot be written to (read-only?)");
  }
  check_frames(whole, before);
}

FrameFolder::FrameFolder(const fs::path& folder, FramesBefore before)
    : folder_(folder.empty() ? fs::path() : fs::absolute(folder).lexically_normal()),
      before_(before) {
  if (!wanted()) {
    return;
  }
  check_frame_folder(folder_, before_);
  made_ = missing_folders(folder_);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    remove_empty(made_);
    throw Error(ExitCode::failed, folder_.string() + ": cannot be made: " + error.message());
  }
}

FrameFolder::~FrameFolder() {
  remove_empty(made_);
}

void FrameFolder::begin(std::int64_t frames) const {
  if (!wanted()) {
    return;
  }
  remove_unfinished_writes_in(folder_, kEnding);
  check_frames(folder_, before_);
  const std::vector<std::int64_t> numbers = frames_in(folder_);
  for (const std::int64_t number : numbers) {
    std::error_code error;
    if (before_ == FramesBefore::resumed && number < frames) {
      continue;  // replaced one by one: until then they are what there is
    }
    if (before_ == FramesBefore::overwrite) {
      fs::remove(name_of(number), error);
    }
    if (before_ != FramesBefore::overwrite || error) {
      throw Error(ExitCode::usage,
                  name_of(number).string() + ": is not a frame of this run" +
                      (error ? " and cannot be removed: " + error.message() : "") +
                      "; move it away, or choose another folder");
    }
  }
}

fs::path FrameFolder::name_of(std::int64_t number) const {
  return folder_ / name_text(number);
}

void FrameFolder::finish() const {
  if (wanted()) {
    sync_files_of(folder_);
  }
}

}  // namespace hyportrait
