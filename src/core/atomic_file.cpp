// SPDX-License-Identifier: Apache-2.0
#include "core/atomic_file.h"

#include <hyportrait/error.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

namespace hyportrait {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw Error(ExitCode::failed, path.string() + ": cannot be written: " + std::strerror(error));
}

/// 0, or the errno of the first call that failed.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

constexpr std::string_view kMark = ".part-";
constexpr std::size_t kRandomLetters = 6;  // mkstemp's, behind the mark

/// Removes the files in `folder` that are called as `is_unfinished` wants, less the random letters.
void remove_files(const std::filesystem::path& folder,
                  const std::function<bool(std::string_view)>& is_unfinished) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator it(folder, ignored), end; it != end;
       it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    if (name.size() > kRandomLetters &&
        is_unfinished(std::string_view(name).substr(0, name.size() - kRandomLetters))) {
      std::filesystem::remove(it->path(), ignored);
    }
  }
}

}  // namespace

void remove_unfinished_writes(const std::filesystem::path& path) {
  const std::string stem = path.filename().string().append(kMark);
  remove_files(path.parent_path(), [&](std::string_view name) { return name == stem; });
}

void remove_unfinished_writes_in(const std::filesystem::path& folder, std::string_view extension) {
  const std::string ending = std::string(extension).append(kMark);
  remove_files(folder, [&](std::string_view name) { return name.ends_with(ending); });
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::string temporary = path.string().append(kMark) + "XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) {
    fail(path, errno);
  }
  // mkstemp makes the file private; the result is an ordinary file under the user's umask.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  int error = ::fchmod(descriptor, 0666 & ~mask) == 0 ? write_all(descriptor, bytes) : errno;
  if (::close(descriptor) != 0 && error == 0) {
    error = errno;
  }
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail(path, error);
  }
}

}  // namespace hyportrait
