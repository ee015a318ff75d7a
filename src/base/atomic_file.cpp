// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.h"

#include <hyportrait/error.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <random>
#include <string>

namespace hyportrait {
namespace {

std::string why_not_written(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "the disk is full; free some space or write elsewhere";
    case EFBIG:
      return "it is larger than a file may be here; raise the limit (ulimit -f), or write to "
             "another file system";
    default:
      return std::strerror(error);
  }
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
  return 0;
}

int sync(int descriptor) {
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

/// Opens a folder for syncing; -1 when it cannot be.
int open_folder(const std::filesystem::path& folder) {
  return ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

constexpr std::string_view kMark = ".part-";
constexpr std::size_t kRandomLetters = 6;  // behind the mark

struct Temporary {
  int descriptor = -1;
  std::string path;
};

/// A new file beside `path`. Not by mkstemp, whose files are private: this one is an ordinary file
/// under the user's umask, which asking for would change for the whole process.
Temporary make_temporary(const std::filesystem::path& path) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, kLetters.size() - 1);
  while (true) {
    Temporary temporary{.path = path.string().append(kMark)};
    for (std::size_t i = 0; i < kRandomLetters; ++i) {
      temporary.path += kLetters[letter(random)];
    }
    temporary.descriptor =
        ::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (temporary.descriptor >= 0) {
      return temporary;
    }
    if (errno != EEXIST && errno != EINTR) {
      fail_to_write(path, errno);
    }
  }
}

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

std::size_t temporary_name_size(const std::filesystem::path& path) {
  return path.string().size() + kMark.size() + kRandomLetters;
}

void fail_to_write(const std::filesystem::path& path, int error) {
  throw Error(ExitCode::failed, path.string() + ": cannot be written: " + why_not_written(error));
}

void remove_unfinished_writes(const std::filesystem::path& path) {
  const std::string stem = path.filename().string().append(kMark);
  remove_files(path.parent_path(), [&](std::string_view name) { return name == stem; });
}

void remove_unfinished_writes_in(const std::filesystem::path& folder, std::string_view extension) {
  const std::string ending = std::string(extension).append(kMark);
  remove_files(folder, [&](std::string_view name) { return name.ends_with(ending); });
}

void write_file_atomically(const std::filesystem::path& path,
                           std::string_view bytes,
                           Durability durability) {
  auto [descriptor, temporary] = make_temporary(path);
  int error = write_all(descriptor, bytes);
  if (error == 0 && durability == Durability::on_disk) {
    error = sync(descriptor);
  }
  if (::close(descriptor) != 0 && error == 0) {
    error = errno;
  }
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    ::unlink(temporary.c_str());
    fail_to_write(path, error);
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = open_folder(folder);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

void sync_files_of(const std::filesystem::path& folder) {
  const int descriptor = open_folder(folder);
  if (descriptor >= 0) {
    ::syncfs(descriptor);
    ::close(descriptor);
  }
}

}  // namespace hyportrait
